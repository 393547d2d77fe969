const REPEAT = /\{(\d+)(?:,(\d*))?\}/y

/**
 * At least the number of steps that an automaton for the pattern has, so that none is built that would be too large. A repeat
 * count copies what it repeats.
 */
export function programSize(pattern: string): number {
  const outer: number[] = []
  let size = 0
  let last = 0
  for (let at = 0; at < pattern.length; ) {
    const copies = copiesAt(pattern, at)
    const character = pattern[at]
    if (copies !== undefined) {
      size += last * (copies.count - 1)
      last *= copies.count
      at += copies.length
      continue
    }
    if (character === '(') {
      outer.push(size)
      size = 0
    } else if (character === ')') {
      last = size + 1
      size = (outer.pop() ?? 0) + last
    } else {
      last = 1
      size += 1
    }
    at += atomLength(pattern, at)
  }
  return outer.reduce((sum, before) => sum + before, size)
}

function copiesAt(pattern: string, at: number): { count: number; length: number } | undefined {
  REPEAT.lastIndex = at
  const found = REPEAT.exec(pattern)
  return found === null ? undefined : { count: Math.max(1, Number(found[1]), Number(found[2] ?? 0)), length: found[0].length }
}

function atomLength(pattern: string, at: number): number {
  if (pattern[at] === '\\') return 2
  if (pattern[at] !== '[') return 1
  // A bracket that comes first closes nothing; inside, only the next one or an escape matters.
  let end = at + (pattern[at + 1] === '^' ? 3 : 2)
  while (end < pattern.length && pattern[end] !== ']') end += pattern[end] === '\\' ? 2 : 1
  return end + 1 - at
}
