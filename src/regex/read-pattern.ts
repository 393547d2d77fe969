import { type CharSet, negate, setOf, withCaseVariants } from './char-set.ts'
import type { Assertion, Pattern, Syntax } from './syntax.ts'

const DEEPEST = 40
const MOST_REPEATS = 1000
const REPEAT = /\{(\d+)(?:(,)(\d*))?\}/y
const FLAGS = /\(\?([is]*)(?:-([is]+))?([:)])/y
const NAMED = /\(\?P?<(\w+)>/y
const HEX = /\\x(?:([0-9A-Fa-f]{2})|\{([0-9A-Fa-f]{1,6})\})/y
const PUNCTUATION = /[!-/:-@[-`{-~]/

const LINE_FEED = setOf(0x0a, 0x0a)
const ALL = negate([])

const CLASSES: ReadonlyMap<string, CharSet> = new Map([
  ['d', setOf(0x30, 0x39)],
  ['s', setOf(0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20)],
  ['w', setOf(0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a)],
])

const CONTROLS: ReadonlyMap<string, number> = new Map([
  ['a', 0x07],
  ['f', 0x0c],
  ['n', 0x0a],
  ['r', 0x0d],
  ['t', 0x09],
  ['v', 0x0b],
])

/**
 * What Go writes and what JavaScript writes for it. Neither `^` nor `$` looks at lines, for `(?m)` is not read. `\B` is not
 * read either: V8 finds it between the two halves of a character beyond U+FFFF.
 */
const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map([
  ['^', '^'],
  ['$', '$'],
  ['\\A', '^'],
  ['\\z', '$'],
  ['\\b', '\\b'],
])

/**
 * Reads a pattern in that part of Go's syntax that people mostly use. Undefined for all else: for what is no pattern, and for
 * Unicode groups, POSIX classes, octal escapes, `\B`, `\Q`, and the flags m and U.
 */
export function readPattern(text: string): Pattern | undefined {
  if (!text.isWellFormed()) return undefined
  try {
    return new Reader(text).pattern()
  } catch (error) {
    if (error instanceof Unread) return undefined
    throw error
  }
}

class Unread extends Error {}

class Reader {
  readonly #text: string
  readonly #names = new Map<string, number>()
  #at = 0
  #depth = 0
  #groups = 0
  #foldsCase = false
  #dotIsAll = false

  constructor(text: string) {
    this.#text = text
  }

  pattern(): Pattern {
    const syntax = this.#choice()
    if (this.#at < this.#text.length) throw new Unread()
    return { syntax, names: this.#names }
  }

  get #next(): string {
    return this.#text[this.#at] ?? ''
  }

  #choice(): Syntax {
    const items = [this.#sequence()]
    while (this.#accept('|')) items.push(this.#sequence())
    return items.length === 1 ? (items[0] as Syntax) : { kind: 'choice', items }
  }

  #sequence(): Syntax {
    const items: Syntax[] = []
    while (this.#at < this.#text.length && this.#next !== '|' && this.#next !== ')') {
      const item = this.#item()
      if (item !== undefined) items.push(item)
    }
    return items.length === 1 ? (items[0] as Syntax) : { kind: 'sequence', items }
  }

  /** Undefined for flags that stand alone. */
  #item(): Syntax | undefined {
    const body = this.#next === '(' ? this.#group() : this.#atom()
    const count = this.#count()
    if (count === undefined) return body
    // What Go makes of a repeated assertion is not worth knowing.
    if (body === undefined || body.kind === 'assertion') throw new Unread()
    const isLazy = this.#accept('?')
    if (this.#count() !== undefined) throw new Unread()
    return { kind: 'repeat', body, ...count, isLazy }
  }

  #count(): { min: number; max: number } | undefined {
    if (this.#accept('*')) return { min: 0, max: Infinity }
    if (this.#accept('+')) return { min: 1, max: Infinity }
    if (this.#accept('?')) return { min: 0, max: 1 }
    const found = this.#match(REPEAT)
    if (found === undefined) return undefined
    const min = Number(found[1])
    const max = found[2] === undefined ? min : found[3] === '' ? Infinity : Number(found[3])
    if (min > MOST_REPEATS || (max > MOST_REPEATS && max !== Infinity) || max < min || max === 0) throw new Unread()
    return { min, max }
  }

  #group(): Syntax | undefined {
    if (++this.#depth > DEEPEST) throw new Unread()
    const [foldsCase, dotIsAll] = [this.#foldsCase, this.#dotIsAll]
    const isCapture = this.#open()
    if (isCapture === undefined) {
      this.#depth--
      return undefined
    }
    const body = this.#choice()
    if (!this.#accept(')')) throw new Unread()
    this.#depth--
    this.#foldsCase = foldsCase
    this.#dotIsAll = dotIsAll
    return isCapture ? { kind: 'capture', body } : body
  }

  /** Reads what opens a group: whether that is a capture, or undefined where it was nothing but flags. */
  #open(): boolean | undefined {
    if (!this.#text.startsWith('(?', this.#at)) {
      this.#at++
      this.#groups++
      return true
    }
    const name = this.#match(NAMED)?.[1]
    if (name !== undefined) {
      if (this.#names.has(name)) throw new Unread()
      this.#names.set(name, ++this.#groups)
      return true
    }
    return this.#flags()
  }

  #flags(): false | undefined {
    const [, on = '', off = '', end] = this.#match(FLAGS) ?? []
    if (end === undefined || (end === ')' && on === '' && off === '')) throw new Unread()
    if (on.includes('i')) this.#foldsCase = true
    if (on.includes('s')) this.#dotIsAll = true
    if (off.includes('i')) this.#foldsCase = false
    if (off.includes('s')) this.#dotIsAll = false
    return end === ':' ? false : undefined
  }

  #atom(): Syntax {
    const length = this.#next === '\\' ? 2 : 1
    const assertion = ASSERTIONS.get(this.#text.slice(this.#at, this.#at + length))
    if (assertion !== undefined) {
      this.#at += length
      return { kind: 'assertion', assertion }
    }
    if ('*+?'.includes(this.#next) || this.#count() !== undefined) throw new Unread()
    return { kind: 'set', set: this.#set() }
  }

  #set(): CharSet {
    if (this.#accept('.')) return this.#dotIsAll ? ALL : negate(LINE_FEED)
    if (this.#accept('[')) return this.#class()
    const shorthand = this.#shorthand()
    if (shorthand !== undefined) return shorthand
    const character = this.#character()
    return this.#folded([character, character])
  }

  #class(): CharSet {
    const isNegated = this.#accept('^')
    const pairs: number[] = []
    // A bracket that comes first closes nothing.
    for (let isFirst = true; isFirst || this.#next !== ']'; isFirst = false) {
      if (this.#text.startsWith('[:', this.#at)) throw new Unread()
      pairs.push(...(this.#shorthand() ?? this.#folded(this.#range())))
    }
    this.#at++
    const set = setOf(...pairs)
    return isNegated ? negate(set) : set
  }

  #range(): CharSet {
    const first = this.#character()
    if (this.#next !== '-' || this.#text[this.#at + 1] === ']') return [first, first]
    this.#at++
    const last = this.#character()
    if (last < first) throw new Unread()
    return [first, last]
  }

  /** `\d`, `\W` and their like; a negation is taken after the case variants. */
  #shorthand(): CharSet | undefined {
    if (this.#next !== '\\') return undefined
    const letter = this.#text[this.#at + 1] ?? ''
    const set = CLASSES.get(letter.toLowerCase())
    if (set === undefined) return undefined
    this.#at += 2
    const folded = this.#folded(set)
    return letter === letter.toLowerCase() ? folded : negate(folded)
  }

  #character(): number {
    const code = this.#text.codePointAt(this.#at)
    if (code === undefined) throw new Unread()
    if (this.#next === '\\') return this.#escape()
    this.#at += code > 0xffff ? 2 : 1
    return code
  }

  #escape(): number {
    const hex = this.#match(HEX)
    if (hex !== undefined) {
      const code = Number.parseInt(hex[1] ?? (hex[2] as string), 16)
      if (code > 0x10ffff) throw new Unread()
      return code
    }
    const letter = this.#text[this.#at + 1] ?? ''
    const code = PUNCTUATION.test(letter) ? letter.charCodeAt(0) : CONTROLS.get(letter)
    if (code === undefined) throw new Unread()
    this.#at += 2
    return code
  }

  #folded(set: CharSet): CharSet {
    if (!this.#foldsCase) return set
    const folded = withCaseVariants(set)
    if (folded === undefined) throw new Unread()
    return folded
  }

  #accept(character: string): boolean {
    if (this.#next !== character) return false
    this.#at++
    return true
  }

  #match(sticky: RegExp): RegExpExecArray | undefined {
    sticky.lastIndex = this.#at
    const found = sticky.exec(this.#text)
    if (found === null) return undefined
    this.#at = sticky.lastIndex
    return found
  }
}
