/** Freezes a value and all that hangs on it, so that a test fails where an input is edited. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value
  Object.freeze(value)
  for (const one of value instanceof Map ? value.values() : Object.values(value)) deepFreeze(one)
  return value
}
