import { expect, test } from 'vitest'
import { addressBlock, headerOf } from '../../test/harness/proxy-header.ts'
import { ProxyHeaderReader } from '../proxy/proxy-protocol.ts'
import { proxyHeader } from './proxy-header.ts'

const four = { address: '203.0.113.9', port: 4711, localAddress: '192.0.2.1', localPort: 443 }
const six = { address: '2001:db8::9', port: 65_535, localAddress: '2001:db8::1:0:0', localPort: 1 }
const mapped = { ...four, address: '::ffff:203.0.113.9', localAddress: '::ffff:192.0.2.1' }

test('version 1 is a line', () => {
  expect(proxyHeader(1, four).toString()).toBe('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n')
  expect(proxyHeader(1, mapped).toString()).toBe('PROXY TCP4 203.0.113.9 192.0.2.1 4711 443\r\n')
  expect(proxyHeader(1, six).toString()).toBe('PROXY TCP6 2001:db8::9 2001:db8::1:0:0 65535 1\r\n')
})

test('version 2 is binary', () => {
  expect(proxyHeader(2, four)).toEqual(headerOf({ transport: 0x11, addresses: addressBlock(four) }))
  expect(proxyHeader(2, six)).toEqual(headerOf({ transport: 0x21, addresses: addressBlock(six) }))
})

for (const version of [1, 2]) {
  for (const peer of [four, six, mapped, { ...four, localAddress: '2001:db8::1' }, { ...six, localAddress: '192.0.2.1' }]) {
    test(`what version ${version} says of ${peer.address} to ${peer.localAddress} is read as the same addresses`, () => {
      const reader = new ProxyHeaderReader()
      const header = proxyHeader(version, peer)
      expect(reader.read(header, 0, header.length)).toBe(header.length)
      expect(reader.verdict).toBe('header')
      expect(reader.peer?.port).toBe(peer.port)
      expect(reader.peer?.address.replace('::ffff:', '')).toBe(peer.address.replace('::ffff:', ''))
      expect(reader.peer?.localAddress.replace('::ffff:', '')).toBe(peer.localAddress.replace('::ffff:', ''))
    })
  }
}
