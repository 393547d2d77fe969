import type { Scalar } from './schema.ts'

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True'])
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False'])

/** Every text that is a boolean. */
export const BOOLEAN_TEXTS: readonly string[] = [...TRUE, ...FALSE]

/** Reads a boolean in one of its spellings; undefined where it is none. */
export function parseBoolean(raw: Scalar): boolean | undefined {
  const text = String(raw)
  if (TRUE.has(text)) return true
  return FALSE.has(text) ? false : undefined
}

/** Reads a decimal integer of any size; undefined where it is none. */
export function parseInteger(raw: Scalar): bigint | undefined {
  if (typeof raw === 'bigint') return raw
  if (typeof raw === 'number') return Number.isInteger(raw) ? BigInt(raw) : undefined
  return typeof raw === 'string' && /^[+-]?\d{1,40}$/.test(raw) ? BigInt(raw.replace('+', '')) : undefined
}

/** Reads a finite decimal number; undefined where it is none. */
export function parseNumber(raw: Scalar): number | undefined {
  if (typeof raw === 'boolean') return undefined
  if (typeof raw === 'string' && !/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(raw)) return undefined
  return Number.isFinite(Number(raw)) ? Number(raw) : undefined
}

const NANOSECONDS: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  // Both letters that Unicode has for micro: the sign and the Greek letter.
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

const DURATION = /^([+-]?)((?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/
const DURATION_PART = /(\d*)\.?(\d*)(ns|us|µs|μs|ms|s|m|h)/g
const LONGEST = 2n ** 63n - 1n

/** Reads a duration, a bare integer as seconds and anything else in Go's spelling, as milliseconds. */
export function parseDuration(raw: Scalar): number | undefined {
  const seconds = parseInteger(raw)
  const nanoseconds = seconds === undefined ? parseGoDuration(raw) : seconds * 1_000_000_000n
  if (nanoseconds === undefined || nanoseconds > LONGEST || nanoseconds < -LONGEST) return undefined
  return Number(nanoseconds) / 1e6
}

// Whole nanoseconds in between, so that 0.1ms + 0.2ms is 0.3ms.
function parseGoDuration(raw: Scalar): bigint | undefined {
  if (typeof raw !== 'string' || raw.length > 100) return undefined
  const [, sign, parts] = DURATION.exec(raw) ?? []
  if (parts === undefined) return undefined
  let sum = 0n
  for (const [, whole, fraction = '', unit = ''] of parts.matchAll(DURATION_PART)) {
    const size = NANOSECONDS[unit] ?? 0n
    sum += BigInt(whole || 0) * size + (BigInt(fraction || 0) * size) / 10n ** BigInt(fraction.length)
  }
  return sign === '-' ? -sum : sum
}

/** Writes milliseconds in Go's spelling: `1m30s`, `100ms`, `0s`. */
export function formatDuration(ms: number): string {
  const whole = Math.trunc(ms)
  const total = BigInt(whole) * 1_000_000n + BigInt(Math.round((ms - whole) * 1e6))
  if (total === 0n) return '0s'
  return total < 0n ? `-${formatNanoseconds(-total)}` : formatNanoseconds(total)
}

function formatNanoseconds(total: bigint): string {
  if (total < 1_000n) return `${total}ns`
  if (total < 1_000_000n) return `${decimal(total, 1_000n)}µs`
  if (total < 1_000_000_000n) return `${decimal(total, 1_000_000n)}ms`
  const minutes = total / 60_000_000_000n
  const seconds = `${decimal(total % 60_000_000_000n, 1_000_000_000n)}s`
  if (minutes === 0n) return seconds
  return minutes < 60n ? `${minutes}m${seconds}` : `${minutes / 60n}h${minutes % 60n}m${seconds}`
}

function decimal(amount: bigint, unit: bigint): string {
  const fraction = String(amount % unit)
    .padStart(String(unit).length - 1, '0')
    .replace(/0+$/, '')
  return fraction === '' ? `${amount / unit}` : `${amount / unit}.${fraction}`
}

/** Splits a comma-separated list; blanks around items and empty items are dropped. */
export function splitList(text: string): string[] {
  return text
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '')
}
