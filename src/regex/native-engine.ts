import type { Engine, Match } from './engine.ts'

/** V8's own engine, for patterns that it searches for in linear time. */
export class NativeEngine implements Engine {
  readonly #tester: RegExp
  readonly #finder: RegExp

  constructor(source: string) {
    this.#tester = new RegExp(source, 'u')
    this.#finder = new RegExp(source, 'gu')
  }

  test(text: string): boolean {
    return this.#tester.test(text)
  }

  find(text: string, from: number): Match | undefined {
    this.#finder.lastIndex = from
    const groups = this.#finder.exec(text)
    return groups === null ? undefined : { start: groups.index, end: groups.index + groups[0].length, groups }
  }
}
