import { maskText } from './mask.ts'

const LONGEST = 60

/** A value as a sentence shows it: short, quoted, and without credentials. */
export function show(value: unknown): string {
  if (typeof value === 'string') return quote(maskText(value))
  if (typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : 'not plain data'
}

/** A text in quotes, cut where it is long; control characters become escapes. */
export function quote(text: string): string {
  return JSON.stringify(text.length > LONGEST ? `${text.slice(0, LONGEST - 1)}…` : text)
}
