import { FieldNames, FORWARDED_FIELDS } from './field-names.ts'
import type { Headers } from './headers.ts'
import type { RequestHead } from './request.ts'

/** Longer lists are an attack on whoever reads them; what comes behind is not looked at. */
const MOST_MEMBERS = 64

/** Place of `connection` in the lists below. */
const CONNECTION = 0

const RESPONSE_NAMES = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
]

/** RFC 9110 §7.6.1, and the older names that RFC 2616 §13.5.1 had. A response keeps Trailer: it announces fields that are passed on. */
const RESPONSE_FIELDS = new FieldNames(RESPONSE_NAMES)
const REQUEST_FIELDS = new FieldNames([...RESPONSE_NAMES, 'trailer'])

/** What a client could break or forge by nominating it: the length, the target, or the gateway's own word on who asked [CVE-2024-45410]. */
const NEVER_NOMINATED: ReadonlySet<string> = new Set(['host', 'content-length', 'transfer-encoding'])

/** Members that speak of the connection itself; the fields of these names are removed in any case, or do not exist. */
const OPTIONS: ReadonlySet<string> = new Set(['', 'close', 'keep-alive', 'upgrade'])

const NOTHING: ReadonlySet<string> = new Set()

/** Removes what belongs to the client's connection; `keep` are lower-case names that stay although Connection nominates them. */
export function removeHopByHop(request: RequestHead, keep: ReadonlySet<string>): void {
  removeFields(request.headers, REQUEST_FIELDS, keep)
  if (request.acceptsTrailers) request.headers.append('TE', 'trailers')
}

/** Removes what belongs to the connection with the server. */
export function removeResponseHopByHop(headers: Headers): void {
  removeFields(headers, RESPONSE_FIELDS, NOTHING)
}

/** Lower-case names of the fields that a Connection value nominates for removal; undefined where there are none. */
export function nominatedFields(connection: string): Set<string> | undefined {
  if (connection === 'keep-alive' || connection === 'close') return undefined
  let nominated: Set<string> | undefined
  for (const member of connection.split(',', MOST_MEMBERS)) {
    const name = member.trim().toLowerCase()
    if (OPTIONS.has(name) || NEVER_NOMINATED.has(name) || FORWARDED_FIELDS.has(name)) continue
    nominated ??= new Set()
    nominated.add(name)
  }
  return nominated
}

/** Removes the nominated fields but those to keep; returns the kept names that were nominated. */
export function removeNominated(headers: Headers, nominated: ReadonlySet<string>, keep: ReadonlySet<string>): string[] {
  const { raw } = headers
  let kept = 0
  for (let index = 0; index < raw.length; index += 2) {
    const name = (raw[index] as string).toLowerCase()
    if (nominated.has(name) && !keep.has(name)) continue
    moveField(raw, index, kept)
    kept += 2
  }
  cutFields(raw, kept)
  return [...nominated].filter((name) => keep.has(name))
}

/** Moves one field towards the front of a list that is being compacted. */
export function moveField(raw: string[], from: number, to: number): void {
  if (from === to) return
  raw[to] = raw[from] as string
  raw[to + 1] = raw[from + 1] as string
}

/** Ends a compaction. Few fields ever go, and popping them is cheaper than assigning `length` (hop-by-hop.bench.ts). */
export function cutFields(raw: string[], kept: number): void {
  while (raw.length > kept) raw.pop()
}

function removeFields(headers: Headers, names: FieldNames, keep: ReadonlySet<string>): void {
  const { raw } = headers
  let connection: string | undefined
  let kept = 0
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    if (names.has(name)) {
      if (names.slotOf(name) === CONNECTION) connection = connection === undefined ? raw[index + 1] : `${connection},${raw[index + 1]}`
      continue
    }
    moveField(raw, index, kept)
    kept += 2
  }
  cutFields(raw, kept)
  const nominated = connection === undefined ? undefined : nominatedFields(connection)
  if (nominated !== undefined) removeNominated(headers, nominated, keep)
}
