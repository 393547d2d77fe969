/** A field that a table remembers. */
export interface Field {
  readonly name: string
  readonly value: string
  /** Whether a message may hold it: names and values are looked at once, when they come. */
  readonly hasValidName: boolean
  readonly hasValidValue: boolean
}

/** RFC 7541, appendix A, as `name` or `name=value`; the place of the first one is 1. */
const LINES = `
:authority
:method=GET
:method=POST
:path=/
:path=/index.html
:scheme=http
:scheme=https
:status=200
:status=204
:status=206
:status=304
:status=400
:status=404
:status=500
accept-charset
accept-encoding=gzip, deflate
accept-language
accept-ranges
accept
access-control-allow-origin
age
allow
authorization
cache-control
content-disposition
content-encoding
content-language
content-length
content-location
content-range
content-type
cookie
date
etag
expect
expires
from
host
if-match
if-modified-since
if-none-match
if-range
if-unmodified-since
last-modified
link
location
max-forwards
proxy-authenticate
proxy-authorization
range
referer
refresh
retry-after
server
set-cookie
strict-transport-security
transfer-encoding
user-agent
vary
via
www-authenticate`

/** What both sides know from the beginning; `STATIC_FIELDS[0]` is the one with index 1. */
export const STATIC_FIELDS: readonly Field[] = LINES.trim()
  .split('\n')
  .map((line) => {
    const [name = '', value = ''] = line.split('=')
    return { name, value, hasValidName: true, hasValidValue: true }
  })

/** The first index of each name. */
export const STATIC_NAMES: ReadonlyMap<string, number> = new Map(
  STATIC_FIELDS.map(({ name }, index) => [name, index + 1] as const).reverse(),
)

/** The indexes of values, for each name that has any. */
export const STATIC_VALUES: ReadonlyMap<string, ReadonlyMap<string, number>> = valuesByName()

function valuesByName(): Map<string, Map<string, number>> {
  const byName = new Map<string, Map<string, number>>()
  for (const [index, { name, value }] of STATIC_FIELDS.entries()) {
    if (value === '') continue
    const values = byName.get(name) ?? new Map<string, number>()
    byName.set(name, values.set(value, index + 1))
  }
  return byName
}
