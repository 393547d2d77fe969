import { expect, test } from 'vitest'
import { sniff } from './sniff.ts'

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'

const cases: readonly { octets: string; seen: string; clear?: string }[] = [
  { octets: 'G', seen: 'http1' },
  { octets: '\x16', seen: 'tls', clear: 'http1' },
  { octets: '\x16\x03\x01', seen: 'tls', clear: 'http1' },
  { octets: '\x15', seen: 'http1' },
  { octets: 'P', seen: 'more' },
  { octets: 'PO', seen: 'http1' },
  { octets: 'PRI * HTTP/1.1', seen: 'http1' },
  { octets: PREFACE.slice(0, -1), seen: 'more' },
  { octets: PREFACE, seen: 'http2' },
  { octets: `${PREFACE}\0\0`, seen: 'http2' },
  { octets: PREFACE.replace('SM', 'SX'), seen: 'http1' },
]

for (const { octets, seen, clear = seen } of cases) {
  test(`${JSON.stringify(octets)} is ${seen}${clear === seen ? '' : `, where TLS is served, else ${clear}`}`, () => {
    expect([sniff(Buffer.from(octets, 'latin1'), true), sniff(Buffer.from(octets, 'latin1'), false)]).toEqual([seen, clear])
  })
}
