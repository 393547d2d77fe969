/** Up to here each millisecond is a class of its own. */
const EXACT = 64

/** Beyond, each doubling is divided into so many: a latency is known to three per cent. */
const PER_DOUBLING = 32
const EXACT_BITS = 6
const PER_DOUBLING_BITS = 5

/** The longest latency that is told apart: more than an hour. */
const LONGEST_BITS = 22

/** How many classes there are. */
export const LATENCY_CLASSES = EXACT + (LONGEST_BITS - EXACT_BITS) * PER_DOUBLING

/** The class of a latency. */
export function latencyClass(ms: number): number {
  const whole = Math.min(Math.max(Math.trunc(ms), 0), 2 ** LONGEST_BITS - 1)
  if (whole < EXACT) return whole
  const bits = 31 - Math.clz32(whole)
  return EXACT + (bits - EXACT_BITS) * PER_DOUBLING + ((whole >>> (bits - PER_DOUBLING_BITS)) - PER_DOUBLING)
}

/** The longest latency of a class. */
export function latencyOf(index: number): number {
  if (index < EXACT) return index
  const doubling = Math.floor((index - EXACT) / PER_DOUBLING)
  const step = (index - EXACT) % PER_DOUBLING
  const width = 2 ** (doubling + EXACT_BITS - PER_DOUBLING_BITS)
  return (PER_DOUBLING + step + 1) * width - 1
}
