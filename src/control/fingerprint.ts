import { createHash } from 'node:crypto'

/** Digest of a plain value: equal for equal content, whatever the order of its keys; a bigint is not its decimal string. */
export function fingerprint(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest('hex')
}

/** The same for elements by name that never change; their texts are made once. */
export function fingerprintOfElements(elements: Readonly<Record<string, object>>): string {
  const hash = createHash('sha256')
  for (const name of Object.keys(elements).sort()) hash.update(`${JSON.stringify(name)}:${canonicalText(elements[name] as object)},`)
  return hash.digest('hex')
}

/** Texts of objects that never change: the elements of snapshots are compared again with each that comes. */
const texts = new WeakMap<object, string>()

/** The text of an object that never changes, equal for equal content. */
export function canonicalText(value: object): string {
  const text = texts.get(value) ?? canonical(value)
  texts.set(value, text)
  return text
}

function canonical(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value === 'object' && value !== null) return canonicalObject(value as Record<string, unknown>)
  // JSON has no word for undefined, functions and the numbers that are not finite; they must still differ from null.
  if (typeof value === 'number' && !Number.isFinite(value)) return String(value)
  return JSON.stringify(value) ?? typeof value
}

function canonicalObject(value: Record<string, unknown>): string {
  const fields = Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`)
  return `{${fields.join(',')}}`
}
