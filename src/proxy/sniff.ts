import { HANDSHAKE } from '../tls/client-hello.ts'

/** What an HTTP/2 client sends first (RFC 9113 §3.4). */
const PREFACE = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Tells by its first octets what a client speaks; `octets` are all that have come, and not empty. */
export function sniff(octets: Buffer, expectsTls: boolean): 'http1' | 'http2' | 'tls' | 'more' {
  if (octets[0] === HANDSHAKE && expectsTls) return 'tls'
  // Almost every request is told by its first octet, and the others by their second.
  if (octets[0] !== PREFACE[0]) return 'http1'
  const length = Math.min(octets.length, PREFACE.length)
  if (octets.compare(PREFACE, 0, length, 0, length) !== 0) return 'http1'
  return length < PREFACE.length ? 'more' : 'http2'
}
