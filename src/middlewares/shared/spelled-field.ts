import type { Headers } from '../../http/headers.ts'

/** A name as origins that read fields the CGI way see it: in lower case, with `-` for `_`. */
export function foldName(name: string): string {
  return name.toLowerCase().replaceAll('_', '-')
}

/** Removes a field in every spelling: an origin may read `X_User` as `X-User` (folded as by `foldName`). */
export function deleteSpellings(headers: Headers, foldedName: string): void {
  const { raw } = headers
  let kept = 0
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    if (name.length === foldedName.length && foldName(name) === foldedName) continue
    raw[kept] = name
    raw[kept + 1] = raw[index + 1] as string
    kept += 2
  }
  raw.length = kept
}
