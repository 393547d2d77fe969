import { readFileSync } from 'node:fs'

/** Certificates of authorities as PEM texts, and what was named and cannot be read. */
export interface Authorities {
  readonly texts: readonly string[]
  readonly unreadable: readonly { readonly index: number; readonly file: string; readonly reason: string }[]
}

/** Reads a list in which each item is the certificate itself or the file that holds it. */
export function readAuthorities(items: readonly string[]): Authorities {
  const texts: string[] = []
  const unreadable: { index: number; file: string; reason: string }[] = []
  for (const [index, item] of items.entries()) {
    if (item.includes('-----BEGIN')) texts.push(item)
    else {
      try {
        texts.push(readFileSync(item, 'utf8'))
      } catch (error) {
        unreadable.push({ index, file: item, reason: (error as NodeJS.ErrnoException).code ?? String(error) })
      }
    }
  }
  return { texts, unreadable }
}
