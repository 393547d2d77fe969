/** What JSON in a script of a page may not hold as it is, as Go writes it. */
const ESCAPED: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/** Writes a number whose digits a double cannot hold. The types of the language level do not know it yet. */
const { rawJSON } = JSON as unknown as { rawJSON(text: string): object }

/** A number of 64 bits that is written with all of its digits. */
export function int64(value: bigint): object {
  return rawJSON(String(value))
}

/** JSON as Go writes it: with a newline at the end and without a character that a page could take for markup. */
export function goJson(value: unknown): string {
  return `${JSON.stringify(value).replace(/[<>&\u2028\u2029]/g, (character) => ESCAPED[character] ?? character)}\n`
}

/** An object with its keys in order, as Go writes maps. */
export function sorted<T>(entries: Iterable<readonly [string, T]>): Record<string, T> {
  return Object.fromEntries([...entries].sort(([one], [other]) => (one < other ? -1 : 1)))
}
