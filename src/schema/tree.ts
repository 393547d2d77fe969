/** A mapping of a configuration tree: a plain object, whatever realm it is from. */
export type Tree = Readonly<Record<string, unknown>>

export function isTree(value: unknown): value is Tree {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

export function isScalar(value: unknown): value is string | number | bigint | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint' || typeof value === 'boolean'
}

export function isAbsent(value: unknown): value is null | undefined {
  return value === undefined || value === null
}

const REFUSED = new Set(['__proto__', 'constructor', 'prototype'])

/** Whether a key would reach into the prototype of an object that is built from it. */
export function isRefusedKey(key: string): boolean {
  return REFUSED.has(key)
}

/** What a section's shorthand says: on, off, or nothing known. */
export function switchOf(value: unknown): 'on' | 'off' | undefined {
  if (value === true || value === '') return 'on'
  if (value === false) return 'off'
  const text = typeof value === 'string' ? value.toLowerCase() : ''
  if (text === 'true') return 'on'
  return text === 'false' ? 'off' : undefined
}
