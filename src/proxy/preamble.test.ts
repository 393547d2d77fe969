import { expect, test } from 'vitest'
import { addressBlock, headerOf } from '../../test/harness/proxy-header.ts'
import { GatewayError } from '../errors.ts'
import { Preamble, ProxyTrust } from './preamble.ts'

const SOCKET = { address: '::ffff:10.0.0.7', port: 5000, localAddress: '::ffff:10.0.0.1', localPort: 80 }
const ANNOUNCED = { address: '203.0.113.9', port: 4711, localAddress: '192.0.2.1', localPort: 443 }
const LINE = 'PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n'
const REQUEST = 'GET / HTTP/1.1\r\n\r\n'

const trusting = (...trustedIPs: string[]): ProxyTrust => new ProxyTrust({ insecure: false, trustedIPs })

const openings = [
  { why: 'a trusted network is believed', trust: trusting('10.0.0.0/8'), sent: LINE, peer: ANNOUNCED },
  { why: 'a trusted address is believed', trust: trusting('192.0.2.7', '10.0.0.7'), sent: LINE, peer: ANNOUNCED },
  { why: 'everyone is believed', trust: new ProxyTrust({ insecure: true, trustedIPs: [] }), sent: LINE, peer: ANNOUNCED },
  { why: 'an untrusted peer stays who it is', trust: trusting('10.0.0.8'), sent: LINE, peer: SOCKET },
  { why: 'the announced address does not earn trust', trust: trusting('203.0.113.9'), sent: LINE, peer: SOCKET },
  { why: 'without a header the peer is that of the socket', trust: trusting('10.0.0.7'), sent: '', peer: SOCKET },
  { why: 'UNKNOWN leaves the peer', trust: trusting('10.0.0.7'), sent: 'PROXY UNKNOWN\r\n', peer: SOCKET },
  {
    why: 'version 2 is believed too',
    trust: trusting('10.0.0.7'),
    sent: headerOf({ transport: 0x11, addresses: addressBlock(ANNOUNCED) }).toString('latin1'),
    peer: ANNOUNCED,
  },
  {
    why: 'LOCAL leaves the peer',
    trust: trusting('10.0.0.7'),
    sent: headerOf({ command: 0x20, transport: 0x11, addresses: addressBlock(ANNOUNCED) }).toString('latin1'),
    peer: SOCKET,
  },
]

for (const { why, trust, sent, peer } of openings) {
  test(`${why}, and what follows is left`, () => {
    const preamble = new Preamble(trust, SOCKET)
    expect(preamble.take(Buffer.from(sent + REQUEST, 'latin1'), 0)).toEqual({ peer, rest: Buffer.from(REQUEST) })
  })
}

for (const [who, trust] of [
  ['a trusted', trusting('10.0.0.7')],
  ['an untrusted', trusting('10.0.0.8')],
] as const) {
  test(`a malformed header of ${who} peer closes the connection`, () => {
    expect(new Preamble(trust, SOCKET).take(Buffer.from('PROXY nonsense\r\n'), 0)).toBe('close')
  })
}

test('a header in pieces is due five seconds after its first octet', () => {
  const preamble = new Preamble(trusting('10.0.0.7'), SOCKET)
  expect(preamble.deadlineAt).toBe(0)
  expect(preamble.take(Buffer.from('PROXY '), 1_000)).toBe('more')
  expect(preamble.take(Buffer.from('TCP4 203.0.113.9 '), 4_000)).toBe('more')
  expect(preamble.deadlineAt).toBe(6_000)
  expect(preamble.take(Buffer.from('192.0.2.1 4711 443\r\n'), 5_000)).toEqual({ peer: ANNOUNCED, rest: Buffer.alloc(0) })
})

test('what only began like a header is given back with what follows, in a buffer of its own', () => {
  const preamble = new Preamble(trusting('10.0.0.7'), SOCKET)
  const chunk = Buffer.from('P')
  expect(preamble.take(chunk, 0)).toBe('more')
  chunk.fill('x')
  expect(preamble.take(Buffer.from('OST / HTTP/1.1\r\n'), 0)).toEqual({ peer: SOCKET, rest: Buffer.from('POST / HTTP/1.1\r\n') })
})

test('what is no address is refused with its place', () => {
  expect(() => trusting('10.0.0.0/33')).toThrow(GatewayError)
  expect(() => trusting('proxy')).toThrow('proxyProtocol.trustedIPs: "proxy"')
})
