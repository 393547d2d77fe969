const LONGEST = 100

/** The candidate that a person most likely meant; undefined when none is near. */
export function nearest(name: string, candidates: Iterable<string>): string | undefined {
  if (name.length > LONGEST) return undefined
  const limit = Math.max(2, Math.floor(name.length / 3))
  let best: string | undefined
  let least = limit + 1
  for (const candidate of candidates) {
    const score = scoreOf(name, candidate, limit)
    if (score < least) [best, least] = [candidate, score]
  }
  return best
}

// Below 1 are the slips that are hardly slips; among equal distances the longer shared beginning wins.
function scoreOf(name: string, candidate: string, limit: number): number {
  const [a, b] = [name.toLowerCase(), candidate.toLowerCase()]
  if (a === b) return name === candidate ? 0 : 0.1
  if (`${a}s` === b || a === `${b}s`) return 0.5
  if (Math.abs(a.length - b.length) > limit) return Infinity
  const edits = distance(a, b)
  // Replacing every letter is no resemblance.
  if (edits > limit || edits >= Math.max(a.length, b.length)) return Infinity
  return edits - sharedPrefix(a, b) / (2 * LONGEST)
}

function sharedPrefix(a: string, b: string): number {
  let length = 0
  while (length < a.length && a[length] === b[length]) length++
  return length
}

// Damerau and Levenshtein, optimal string alignment: insert, remove, replace a letter, or swap two neighbours.
function distance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, index) => index)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const replaced = cell(last, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
      const edited = Math.min(replaced, cell(last, j) + 1, cell(row, j - 1) + 1)
      const swaps = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
      row.push(swaps ? Math.min(edited, cell(beforeLast, j - 2) + 1) : edited)
    }
    beforeLast = last
    last = row
  }
  return cell(last, b.length)
}

function cell(row: readonly number[], index: number): number {
  return row[index] ?? Infinity
}
