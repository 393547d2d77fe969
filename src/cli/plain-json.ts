import { isTree, type Tree } from '../schema/tree.ts'

const KEY_OR_TEXT = /"(?:[^"\\]|\\.)*"(?<colon>[ \t\r\n]*:)?/g
const DEEPEST = 16

/** Reads a JSON file with the parser of the platform; undefined where ours may say something else. */
export function plainJson(text: string): Tree | undefined {
  if (text.includes('__proto__')) return undefined
  const tree = parsed(text)
  // Of a key that stands twice, only the last is left.
  const written = [...text.matchAll(KEY_OR_TEXT)].filter(({ groups }) => groups?.colon !== undefined).length
  return isTree(tree) && countKeys(tree, DEEPEST) === written ? tree : undefined
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** How many keys a value holds; not a number where it is nested deeply or holds a number that a double may not. */
function countKeys(value: unknown, deepest: number): number {
  if (typeof value === 'number') return Number.isInteger(value) && !Number.isSafeInteger(value) ? Number.NaN : 0
  if (typeof value !== 'object' || value === null) return 0
  if (deepest === 0) return Number.NaN
  const own = Array.isArray(value) ? 0 : Object.keys(value).length
  return Object.values(value).reduce((sum: number, one) => sum + countKeys(one, deepest - 1), own)
}
