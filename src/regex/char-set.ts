/** A set of code points as pairs of first and last: in order, without overlaps and without neighbours. */
export type CharSet = readonly number[]

const FIRST_BEYOND_ASCII = 0x80
const LAST = 0x10ffff

/** Letters outside ASCII that are case variants of ASCII letters: the long s and the Kelvin sign. */
const FOREIGN_VARIANTS: readonly (readonly [letter: string, variant: number])[] = [
  ['s', 0x17f],
  ['k', 0x212a],
]

/** A set as a class of characters lists it. */
export function setOf(...pairs: number[]): CharSet {
  const ranges: [number, number][] = []
  for (let index = 0; index < pairs.length; index += 2) ranges.push([pairs[index] as number, pairs[index + 1] as number])
  ranges.sort(([one], [other]) => one - other)
  const merged: number[] = []
  for (const [first, last] of ranges) {
    const end = merged.at(-1)
    if (end !== undefined && first <= end + 1) merged[merged.length - 1] = Math.max(end, last)
    else merged.push(first, last)
  }
  return merged
}

export function negate(set: CharSet): CharSet {
  const rest: number[] = []
  let next = 0
  for (let index = 0; index < set.length; index += 2) {
    const first = set[index] as number
    if (first > next) rest.push(next, first - 1)
    next = (set[index + 1] as number) + 1
  }
  if (next <= LAST) rest.push(next, LAST)
  return rest
}

export function overlap(one: CharSet, other: CharSet): boolean {
  for (let a = 0, b = 0; a < one.length && b < other.length; ) {
    if ((one[a + 1] as number) < (other[b] as number)) a += 2
    else if ((other[b + 1] as number) < (one[a] as number)) b += 2
    else return true
  }
  return false
}

/** The set with all case variants of its members, undefined where that takes more than ASCII. */
export function withCaseVariants(set: CharSet): CharSet | undefined {
  const last = set.at(-1)
  if (last !== undefined && last >= FIRST_BEYOND_ASCII) return undefined
  const pairs = [...set]
  for (let lower = 0x61; lower <= 0x7a; lower++) {
    const upper = lower - 0x20
    if (overlap(set, [lower, lower]) || overlap(set, [upper, upper])) pairs.push(lower, lower, upper, upper)
  }
  const folded = setOf(...pairs)
  for (const [letter, variant] of FOREIGN_VARIANTS)
    if (overlap(folded, [letter.charCodeAt(0), letter.charCodeAt(0)])) pairs.push(variant, variant)
  return setOf(...pairs)
}
