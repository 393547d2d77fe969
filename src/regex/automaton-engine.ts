import { createRequire } from 'node:module'
import type { RE2JS } from 're2js'
import type { Engine, Match } from './engine.ts'
import { RegexError } from './regex-error.ts'

// Loading it takes as long as everything else of a short command, and few configurations need it.
const load = createRequire(import.meta.url)

/** Automata, which search in linear time whatever the pattern. */
export class AutomatonEngine implements Engine {
  readonly #regex: RE2JS

  constructor(pattern: string) {
    const { RE2JS } = load('re2js') as typeof import('re2js')
    try {
      this.#regex = RE2JS.compile(pattern)
    } catch (error) {
      throw new RegexError((error as Error).message, { cause: error })
    }
  }

  /** Numbers of the groups that have a name. */
  get names(): ReadonlyMap<string, number> {
    return new Map(Object.entries(this.#regex.namedGroups()))
  }

  test(text: string): boolean {
    return this.#regex.test(text)
  }

  find(text: string, from: number): Match | undefined {
    const matcher = this.#regex.matcher(text)
    if (!matcher.find(from)) return undefined
    const groups = Array.from({ length: matcher.groupCount() + 1 }, (_, group) => matcher.group(group) ?? undefined)
    return { start: matcher.start(), end: matcher.end(), groups }
  }
}
