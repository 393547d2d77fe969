import { AutomatonEngine } from './automaton-engine.ts'
import type { Engine } from './engine.ts'
import { isLinear } from './linear.ts'
import { NativeEngine } from './native-engine.ts'
import { programSize } from './program-size.ts'
import { readPattern } from './read-pattern.ts'
import { RegexError } from './regex-error.ts'
import { expandTemplate, readTemplate, type Template } from './template.ts'
import { toJavaScript } from './to-javascript.ts'

/** Characters of a pattern, and steps of its automaton: what a search may have to look at for each character of a text. */
const LARGEST = 4096

/** A regular expression with Go's syntax and meaning, which takes linear time. */
export class GoRegex {
  /** `native` where V8 can be trusted with the pattern, which is ten times as fast. */
  readonly engine: 'native' | 'automaton'
  readonly #engine: Engine
  readonly #names: ReadonlyMap<string, number>
  // A regular expression is used with one replacement all its life.
  #written = ''
  #template: Template = []

  private constructor(engine: Engine, names: ReadonlyMap<string, number>) {
    this.engine = engine instanceof NativeEngine ? 'native' : 'automaton'
    this.#engine = engine
    this.#names = names
  }

  /** Throws a RegexError where the pattern is none. */
  static compile(pattern: string): GoRegex {
    if (pattern.length > LARGEST || programSize(pattern) > LARGEST) {
      throw new RegexError('error parsing regexp: expression too large')
    }
    const read = readPattern(pattern)
    if (read !== undefined && isLinear(read.syntax)) return new GoRegex(new NativeEngine(toJavaScript(read.syntax)), read.names)
    const engine = new AutomatonEngine(pattern)
    return new GoRegex(engine, engine.names)
  }

  /** Whether the pattern occurs anywhere in the text. */
  test(text: string): boolean {
    return this.#engine.test(text)
  }

  /** The leftmost match where that is at the start of the text, '' where it is not. */
  matchAtStart(text: string): string {
    const match = this.#engine.find(text, 0)
    return match?.start === 0 ? text.slice(0, match.end) : ''
  }

  /** The text with every match replaced; `template` is Go's: `$1`, `${1}`, `$name`, `${name}`, `$$`. */
  replaceAll(text: string, template: string): string {
    if (template !== this.#written) {
      this.#template = readTemplate(template, this.#names)
      this.#written = template
    }
    return this.#replaceAll(text)
  }

  #replaceAll(text: string): string {
    let replaced = ''
    let copied = 0
    for (let from = 0; from <= text.length; ) {
      const match = this.#engine.find(text, from)
      if (match === undefined) break
      replaced += text.slice(copied, match.start)
      // As in Go, nothing is put right behind a match for another one that is empty.
      if (match.end > copied || match.start === 0) replaced += expandTemplate(this.#template, match.groups)
      copied = match.end
      from = match.end > from ? match.end : from + characterLength(text, from)
    }
    return replaced + text.slice(copied)
  }
}

/** Reads a pattern, or throws a RegexError with Go's message. */
export function compileGoRegex(pattern: string): GoRegex {
  return GoRegex.compile(pattern)
}

/** A pattern that matches the text and nothing else. */
export function quotePattern(text: string): string {
  return text.replaceAll(/[\\.+*?()|[\]{}^$]/g, '\\$&')
}

function characterLength(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1
}
