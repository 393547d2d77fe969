import type { Path } from './finding.ts'

/** How deep a configuration may be nested. */
export const MAX_DEPTH = 32

/** Writes a path with dots, indexes in brackets, and quotes where a key is not a plain word: `servers[0].url`. */
export function dotted(path: Path): string {
  let text = ''
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`
    else text += `${text === '' ? '' : '.'}${/^[^\s."'[\]\p{C}]+$/u.test(step) ? step : JSON.stringify(step)}`
  }
  return text
}

/** Joins a problem and its place: `a.b is "x"` for a value, `unknown key "b" in a` for a key. */
export function sentence(path: Path, at: 'key' | 'value', problem: string): string {
  if (at === 'value') return `${dotted(path) || 'the configuration'} ${problem}`
  const parent = dotted(path.slice(0, -1))
  return parent === '' ? `${problem} at the top level` : `${problem} in ${parent}`
}
