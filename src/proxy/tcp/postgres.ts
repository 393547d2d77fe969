/** What a client of PostgreSQL sends before it speaks TLS (protocol 3.2, "SSLRequest"). */
export const SSL_REQUEST = Buffer.from('0000000804d2162f', 'hex')

/** The octet by which a server of PostgreSQL agrees to TLS. */
export const ACCEPTED = 0x53

/** Whether a connection begins with the request; `more` while that cannot be told. `octets` are not empty. */
export function asksPostgresForTls(octets: Buffer): boolean | 'more' {
  const length = Math.min(octets.length, SSL_REQUEST.length)
  if (octets.compare(SSL_REQUEST, 0, length, 0, length) !== 0) return false
  return length === SSL_REQUEST.length || 'more'
}
