/** Fields of one connection (RFC 9110 §7.6.1), by lower-case name. */
const CONNECTION_FIELDS = [
  'connection',
  'proxy-connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'transfer-encoding',
  'content-length',
  'upgrade',
  'http2-settings',
]

/** What the gateway itself says about who asked; `_` stands for `-`. */
const OWN = /^(x[-_]forwarded[-_].*|x[-_]real[-_]ip|x[-_]scheme|forwarded)$/i

type Fields = readonly (readonly [name: string, value: string])[]

/** The fields that have to arrive at the other side of the gateway exactly as they came. */
export function endToEnd(fields: Fields, kind: 'request' | 'response'): Fields {
  const dropped = new Set(CONNECTION_FIELDS)
  if (kind === 'request') dropped.add('trailer').add('host')
  for (const name of nominatedIn(fields)) dropped.add(name)
  return fields.filter(([name]) => !dropped.has(name.toLowerCase()) && !(kind === 'request' && OWN.test(name)))
}

function nominatedIn(fields: Fields): string[] {
  const values = fields.filter(([name]) => name.toLowerCase() === 'connection').map(([, value]) => value)
  return values
    .join(',')
    .split(',')
    .map((member) => member.trim().toLowerCase())
}
