import { expect, test } from 'vitest'
import { ipv6Subnet } from './ipv6-subnet.ts'

const cases = [
  { address: '2001:db8::1:2', bits: 64, network: '2001:db8::' },
  { address: '2001:0DB8:1:2:3:4:5:6', bits: 64, network: '2001:db8:1:2::' },
  { address: '2001:db8:1:2:3:4:5:6', bits: 60, network: '2001:db8:1::' },
  { address: '2001:db8:1:2f:3:4:5:6', bits: 60, network: '2001:db8:1:20::' },
  { address: '2001:db8::1', bits: 128, network: '2001:db8::1' },
  { address: 'ffff::1', bits: 1, network: '8000::' },
  { address: '::1', bits: 64, network: '::' },
  { address: '64:ff9b::192.0.2.33', bits: 112, network: '64:ff9b::c000:0' },
  { address: 'fe80::1%eth0', bits: 64, network: 'fe80::' },
  { address: '::ffff:192.0.2.1', bits: 64, network: '192.0.2.1' },
  { address: '192.0.2.1', bits: 8, network: '192.0.2.1' },
  { address: 'unknown', bits: 64, network: 'unknown' },
  { address: '', bits: 64, network: '' },
]

for (const { address, bits, network } of cases) {
  test(`the network of "${address}" with ${bits} bits is "${network}"`, () => {
    expect(ipv6Subnet(address, bits)).toBe(network)
  })
}
