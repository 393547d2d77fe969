import { nearest } from '../findings/suggest.ts'
import { BOOLEAN_TEXTS, formatDuration, parseBoolean, parseDuration, parseInteger, parseNumber } from './scalars.ts'
import { type Given, makeSchema, type Parsed, type Scalar, type ScalarFacts, type Schema } from './schema.ts'

interface StringOptions {
  readonly default?: string
  readonly required?: true
  /** Never shown: not in a dump, not in a message. */
  readonly secret?: true
  /** Says what was expected, or nothing when the value is right. */
  readonly check?: (value: string) => string | undefined
}

/** A text; numbers and booleans are taken as they are written. */
export function string<O extends StringOptions = StringOptions>(description: string, options?: O): Given<string, O> {
  const parse = (raw: Scalar): Parsed => {
    const value = String(raw)
    const expected = options?.check?.(value)
    return expected === undefined ? { value } : { code: 'GTW_BAD_VALUE', expected }
  }
  const json = { type: ['string', 'number', 'boolean'], ...(options?.secret ? { writeOnly: true } : {}) }
  return scalar(json, { description, type: 'string', expected: 'a string', parse }, options)
}

interface BoundedOptions<N> {
  readonly default?: N
  readonly required?: true
  readonly min?: N
  readonly max?: N
}

/** A whole number that a double can hold exactly. */
export function integer<O extends BoundedOptions<number> = BoundedOptions<number>>(description: string, options?: O): Given<number, O> {
  const bounds = { min: options?.min ?? Number.MIN_SAFE_INTEGER, max: options?.max ?? Number.MAX_SAFE_INTEGER }
  const parse = (raw: Scalar) => bounded(parseInteger(raw), 'an integer', bounds, Number)
  return scalar(integerJson(options), { description, type: 'integer', expected: 'an integer', parse }, options)
}

type Int64 = number | bigint

/** A whole number of 64 bits. */
export function int64<O extends BoundedOptions<Int64> = BoundedOptions<Int64>>(description: string, options?: O): Given<bigint, O> {
  const bounds = { min: options?.min ?? -(2n ** 63n), max: options?.max ?? 2n ** 63n - 1n }
  const parse = (raw: Scalar) => bounded(parseInteger(raw), 'an integer', bounds, BigInt)
  const written = options?.default === undefined ? {} : { default: plainInteger(BigInt(options.default)) }
  return scalar(
    integerJson(options),
    { description, type: 'integer', expected: 'an integer', parse, print: plainInteger },
    { ...options, ...written },
  )
}

/** A number, whole or not. */
export function number<O extends BoundedOptions<number> = BoundedOptions<number>>(description: string, options?: O): Given<number, O> {
  const bounds = { min: options?.min ?? -Infinity, max: options?.max ?? Infinity }
  const parse = (raw: Scalar) => bounded(parseNumber(raw), 'a number', bounds, Number)
  const text = { type: 'string', pattern: '^[+-]?([0-9]+\\.?[0-9]*|\\.[0-9]+)([eE][+-]?[0-9]+)?$' }
  const json = { anyOf: [{ type: 'number', ...jsonBounds(options) }, text] }
  return scalar(json, { description, type: 'number', expected: 'a number', parse }, options)
}

/** True or false, also in the spellings of flags and labels. */
export function boolean<O extends { readonly default?: boolean; readonly required?: true }>(
  description: string,
  options?: O,
): Given<boolean, O> {
  const parse = (raw: Scalar): Parsed => {
    const value = parseBoolean(raw)
    return value === undefined ? { code: 'GTW_WRONG_TYPE', expected: 'true or false' } : { value }
  }
  const json = { anyOf: [{ type: 'boolean' }, { enum: [0, 1, ...BOOLEAN_TEXTS] }] }
  return scalar(json, { description, type: 'boolean', expected: 'true or false', parse }, options)
}

interface DurationOptions {
  readonly default?: string
  readonly required?: true
  readonly min?: string | number
}

const DURATION_PATTERN = '^[+-]?([0-9]+|(([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$'

/** A span of time, in milliseconds once checked; a bare integer means seconds. */
export function duration<O extends DurationOptions = DurationOptions>(description: string, options?: O): Given<number, O> {
  const min = options?.min === undefined ? -Infinity : parseDuration(options.min)
  if (min === undefined) throw new TypeError(`not a duration: ${options?.min}`)
  const parse = (raw: Scalar): Parsed => {
    const value = parseDuration(raw)
    if (value === undefined) return { code: 'GTW_WRONG_TYPE', expected: 'a duration, for instance 10s or 1m30s' }
    return value < min ? { code: 'GTW_BAD_VALUE', expected: `at least ${formatDuration(min)}` } : { value }
  }
  const json = { anyOf: [{ type: 'integer' }, { type: 'string', pattern: DURATION_PATTERN }] }
  const print = (value: unknown) => (typeof value === 'number' ? formatDuration(value) : value)
  return scalar(json, { description, type: 'duration', expected: 'a duration', parse, print }, options)
}

/** One of a few words, compared without regard to case. */
export function enumeration<const V extends string, O extends { readonly default?: V; readonly required?: true }>(
  values: readonly V[],
  description: string,
  options?: O,
): Given<V, O> {
  const canonical = new Map<string, string>(values.map((value) => [value.toLowerCase(), value]))
  const expected = `one of ${values.join(', ')}`
  const parse = (raw: Scalar): Parsed => {
    const value = canonical.get(String(raw).toLowerCase())
    if (value !== undefined) return { value }
    const suggestion = nearest(String(raw), values)
    return { code: 'GTW_BAD_VALUE', expected, ...(suggestion === undefined ? {} : { suggestion }) }
  }
  return scalar({ enum: values }, { description, type: values.map((value) => `\`${value}\``).join(', '), expected, parse }, options)
}

interface ScalarOptions {
  readonly default?: unknown
  readonly required?: true
  readonly secret?: true
}

type ScalarPart = Pick<ScalarFacts, 'description' | 'type' | 'expected' | 'parse'> & Partial<Pick<ScalarFacts, 'print'>>

function scalar<S extends Schema>(json: object, part: ScalarPart, options: ScalarOptions = {}): S {
  const refused = options.default !== undefined && 'code' in part.parse(options.default as Scalar)
  if (refused) throw new TypeError(`the default ${String(options.default)} is not ${part.expected}`)
  return makeSchema<S>(
    { description: part.description, ...json },
    {
      kind: 'scalar',
      print: (value) => value,
      ...part,
      secret: options.secret ?? false,
      required: options.required ?? false,
      filled: false,
      default: options.default,
    },
  )
}

interface Bounds {
  readonly min: Int64
  readonly max: Int64
}

function bounded(value: Int64 | undefined, expected: string, { min, max }: Bounds, convert: (value: Int64) => Int64): Parsed {
  if (value === undefined) return { code: 'GTW_WRONG_TYPE', expected }
  if (value >= min && value <= max) return { value: convert(value) }
  return { code: 'GTW_BAD_VALUE', expected: value < min ? `at least ${min}` : `at most ${max}` }
}

function integerJson(options: BoundedOptions<Int64> | undefined): object {
  return {
    anyOf: [
      { type: 'integer', ...jsonBounds(options) },
      { type: 'string', pattern: '^[+-]?[0-9]+$' },
    ],
  }
}

function jsonBounds(options: BoundedOptions<Int64> | undefined): object {
  const { min, max } = options ?? {}
  return { ...(min === undefined ? {} : { minimum: Number(min) }), ...(max === undefined ? {} : { maximum: Number(max) }) }
}

// JSON has no integers beyond those of a double: the larger ones are written as digits.
function plainInteger(value: unknown): unknown {
  if (typeof value !== 'bigint') return value
  return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
}
