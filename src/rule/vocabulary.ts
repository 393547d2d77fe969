/** What a parser needs to know of a language: how its matchers may be spelled. */
export interface Names {
  readonly names: readonly string[]
  /** The canonical name of a matcher, or undefined where the spelling is none that is allowed. */
  nameOf(spelling: string): string | undefined
}

/** The matchers of a language. */
export class Vocabulary<Matcher> implements Names {
  readonly names: readonly string[]
  readonly #matchers: Readonly<Record<string, Matcher>>
  /** Every spelling that a rule may use, with the canonical one: exact, lower case, upper case, and capitalised. */
  readonly #spellings: ReadonlyMap<string, string>

  constructor(matchers: Readonly<Record<string, Matcher>>) {
    this.names = Object.keys(matchers)
    this.#matchers = matchers
    this.#spellings = new Map(
      this.names.flatMap((name) => {
        const lower = name.toLowerCase()
        return [name, lower, name.toUpperCase(), `${name.charAt(0)}${lower.slice(1)}`].map((spelling) => [spelling, name] as const)
      }),
    )
  }

  nameOf(spelling: string): string | undefined {
    return this.#spellings.get(spelling)
  }

  /** The matcher with this canonical name. */
  matcher(name: string): Matcher {
    return this.#matchers[name] as Matcher
  }
}
