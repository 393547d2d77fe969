/** A mapping as a file holds it. */
export type Tree = Readonly<Record<string, unknown>>

/** Tells a mapping from a list, a date and a single value. */
export function isTree(value: unknown): value is Tree {
  return typeof value === 'object' && value !== null && (Object.getPrototypeOf(value) ?? Object.prototype) === Object.prototype
}
