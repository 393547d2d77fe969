import { type CharSet, overlap, setOf } from './char-set.ts'
import type { Repeat, Syntax } from './syntax.ts'

/** Steps that a search may take for each character of the text. */
const MOST_PER_CHARACTER = 64
/** Steps that a search may take besides, and ways through the pattern that it may try. */
const MOST_ONCE = 4096

/** What may come right after a part of the pattern. */
interface Follow {
  /** Characters that what comes after may start with. */
  readonly set: CharSet
  /** Parts that are tried, at most, before one of them refuses a character. */
  readonly tries: number
  /** Nothing comes after: who arrives here has matched. */
  readonly isEnd: boolean
}

/** How often a backtracking search arrives at a part of the pattern: `ways` times, or that for each character of the text. */
interface Arrivals {
  readonly ways: number
  readonly isPerCharacter: boolean
}

/**
 * Whether V8 searches for the pattern in linear time, and finds what Go finds. V8 tries one way after the other, so the ways
 * are counted, with a text of n characters:
 *
 * - A search starts once where the pattern starts with `^`, else n times.
 * - Choices and bounded repetitions multiply the ways by a constant; the constants have a limit.
 * - An unbounded repetition of one set may stop at any of n places. All but the last of them lead nowhere at once where what
 *   follows cannot start with a member of the set (`[^/]+/`); and nothing is tried twice where nothing follows. Else it
 *   multiplies the ways by n (`.+\.test$`).
 * - So a second factor n, or one more scan of up to n characters on each of n ways, makes a pattern quadratic: it is refused.
 * - Any other unbounded repetition (`(a+)+`) is refused.
 *
 * Go and JavaScript prefer the same way among several. They differ in what a repeated group captures, and where one matches
 * nothing: those are refused too.
 */
export function isLinear(syntax: Syntax): boolean {
  const { isAnchored, rest } = splitAnchor(syntax)
  try {
    new Search().arrive(rest, { ways: 1, isPerCharacter: !isAnchored }, { set: [], tries: 1, isEnd: true })
    return true
  } catch (error) {
    if (error instanceof NotLinear) return false
    throw error
  }
}

class NotLinear extends Error {}

function splitAnchor(syntax: Syntax): { isAnchored: boolean; rest: Syntax } {
  const [first, ...items] = syntax.kind === 'sequence' ? syntax.items : [syntax]
  if (first?.kind !== 'assertion' || first.assertion !== '^') return { isAnchored: false, rest: syntax }
  return { isAnchored: true, rest: { kind: 'sequence', items } }
}

class Search {
  #once = 0
  #perCharacter = 0

  /** Counts the steps that the part takes; answers how often the search leaves it. */
  arrive(syntax: Syntax, arrivals: Arrivals, follow: Follow): Arrivals {
    this.#spend(arrivals, 1)
    switch (syntax.kind) {
      case 'set':
      case 'assertion':
        return arrivals
      case 'capture':
        return this.arrive(syntax.body, arrivals, follow)
      case 'sequence':
        return this.#sequence(syntax.items, arrivals, follow)
      case 'choice':
        return this.#choice(syntax.items, arrivals, follow)
      case 'repeat':
        return syntax.body.kind === 'set'
          ? this.#repeatSet(syntax, syntax.body.set, arrivals, follow)
          : this.#repeat(syntax, arrivals, follow)
    }
  }

  #spend({ ways, isPerCharacter }: Arrivals, steps: number): void {
    if (isPerCharacter) this.#perCharacter += ways * steps
    else this.#once += ways * steps
    if (this.#perCharacter > MOST_PER_CHARACTER || this.#once > MOST_ONCE) throw new NotLinear()
  }

  #sequence(items: readonly Syntax[], arrivals: Arrivals, follow: Follow): Arrivals {
    const follows: Follow[] = []
    let after = follow
    for (const item of items.toReversed()) {
      follows.unshift(after)
      after = before(item, after)
    }
    return items.reduce((now, item, index) => this.arrive(item, now, follows[index] as Follow), arrivals)
  }

  #choice(items: readonly Syntax[], arrivals: Arrivals, follow: Follow): Arrivals {
    // Two that may be empty double the ways without reading anything.
    if (items.filter(isNullable).length > 1) throw new NotLinear()
    return items.map((item) => this.arrive(item, arrivals, follow)).reduce(together)
  }

  #repeatSet({ min, max }: Repeat, set: CharSet, arrivals: Arrivals, follow: Follow): Arrivals {
    const isBounded = max !== Infinity
    this.#spend(arrivals, isBounded ? max : min)
    if (follow.isEnd) return arrivals
    const stopsOnce = !overlap(set, follow.set)
    if (isBounded) {
      this.#spend(arrivals, (max - min) * follow.tries)
      return stopsOnce ? arrivals : { ...arrivals, ways: arrivals.ways * (max - min + 1) }
    }
    if (arrivals.isPerCharacter) throw new NotLinear()
    const perCharacter = { ways: arrivals.ways, isPerCharacter: true }
    this.#spend(perCharacter, 1 + follow.tries)
    return stopsOnce ? arrivals : perCharacter
  }

  #repeat({ body, min, max }: Repeat, arrivals: Arrivals, follow: Follow): Arrivals {
    if (max === Infinity || isNullable(body) || (max > 1 && hasCapture(body))) throw new NotLinear()
    const first = before(body, follow)
    const between = { set: setOf(...first.set, ...follow.set), tries: first.tries + follow.tries, isEnd: false }
    let round = arrivals
    let leaving: Arrivals | undefined = min === 0 ? arrivals : undefined
    for (let count = 1; count <= max; count++) {
      round = this.arrive(body, round, max === 1 ? follow : between)
      if (count >= min) leaving = leaving === undefined ? round : together(leaving, round)
    }
    return leaving ?? round
  }
}

function together(one: Arrivals, other: Arrivals): Arrivals {
  return { ways: one.ways + other.ways, isPerCharacter: one.isPerCharacter || other.isPerCharacter }
}

/** What may come after the part before this one. */
function before(syntax: Syntax, follow: Follow): Follow {
  const first = firstOf(syntax)
  if (!isNullable(syntax)) return { set: first.set, tries: first.tries, isEnd: false }
  const isEnd = follow.isEnd && matchesAlways(syntax)
  return { set: setOf(...first.set, ...follow.set), tries: first.tries + follow.tries, isEnd }
}

/** The characters that a match may start with, and how many parts look at the first one. */
function firstOf(syntax: Syntax): { set: CharSet; tries: number } {
  switch (syntax.kind) {
    case 'set':
      return { set: syntax.set, tries: 1 }
    case 'assertion':
      return { set: [], tries: 1 }
    case 'capture':
    case 'repeat':
      return firstOf(syntax.body)
    case 'choice':
      return joined(syntax.items)
    case 'sequence': {
      const solid = syntax.items.findIndex((item) => !isNullable(item))
      return joined(solid === -1 ? syntax.items : syntax.items.slice(0, solid + 1))
    }
  }
}

function joined(items: readonly Syntax[]): { set: CharSet; tries: number } {
  const firsts = items.map(firstOf)
  return { set: setOf(...firsts.flatMap(({ set }) => set)), tries: firsts.reduce((sum, { tries }) => sum + tries, 1) }
}

/** Whether the part may match nothing. */
function isNullable(syntax: Syntax): boolean {
  switch (syntax.kind) {
    case 'set':
      return false
    case 'assertion':
      return true
    case 'capture':
      return isNullable(syntax.body)
    case 'sequence':
      return syntax.items.every(isNullable)
    case 'choice':
      return syntax.items.some(isNullable)
    case 'repeat':
      return syntax.min === 0 || isNullable(syntax.body)
  }
}

/** Whether the part matches at every place, so that whoever arrives at it goes on. */
function matchesAlways(syntax: Syntax): boolean {
  switch (syntax.kind) {
    case 'set':
    case 'assertion':
      return false
    case 'capture':
      return matchesAlways(syntax.body)
    case 'sequence':
      return syntax.items.every(matchesAlways)
    case 'choice':
      return syntax.items.some(matchesAlways)
    case 'repeat':
      return syntax.min === 0
  }
}

function hasCapture(syntax: Syntax): boolean {
  if (syntax.kind === 'sequence' || syntax.kind === 'choice') return syntax.items.some(hasCapture)
  return syntax.kind === 'capture' || (syntax.kind === 'repeat' && hasCapture(syntax.body))
}
