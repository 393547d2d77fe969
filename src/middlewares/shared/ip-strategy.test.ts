import { expect, test } from 'vitest'
import { Headers } from '../../http/headers.ts'
import { RequestHead } from '../../http/request.ts'
import { check } from '../../schema/index.ts'
import { clientIp, ipStrategyOptions } from './ip-strategy.ts'

interface Case {
  readonly why: string
  readonly strategy: object | undefined
  readonly peer?: string
  readonly forwardedFor?: readonly string[]
  readonly address: string
}

const LIST = ['1.1.1.1, 2.2.2.2, 3.3.3.3']

const cases: Case[] = [
  { why: 'without a strategy it is the peer', strategy: undefined, address: '9.9.9.9' },
  { why: 'an empty strategy is none', strategy: {}, address: '9.9.9.9' },
  { why: 'an IPv4 peer of a dual-stack listener is an IPv4 address', strategy: undefined, peer: '::ffff:9.9.9.9', address: '9.9.9.9' },
  { why: 'the zone of a peer does not count', strategy: undefined, peer: 'fe80::1%eth0', address: 'fe80::1' },
  { why: 'depth 1 is the last', strategy: { depth: 1 }, address: '3.3.3.3' },
  { why: 'depth 2 is the one before', strategy: { depth: 2 }, address: '2.2.2.2' },
  { why: 'depth 3 is the first of three', strategy: { depth: 3 }, address: '1.1.1.1' },
  { why: 'a depth beyond the list finds nothing', strategy: { depth: 4 }, address: '' },
  { why: 'a depth far beyond the list finds nothing', strategy: { depth: 400 }, address: '' },
  { why: 'a depth without a list finds nothing', strategy: { depth: 1 }, forwardedFor: [], address: '' },
  { why: 'an empty item counts for the depth', strategy: { depth: 2 }, forwardedFor: ['1.1.1.1,,3.3.3.3'], address: '' },
  { why: 'a list that begins with a comma has an empty first item', strategy: { depth: 2 }, forwardedFor: [',3.3.3.3'], address: '' },
  { why: 'a list that begins with a comma is not longer than it is', strategy: { depth: 3 }, forwardedFor: [',3.3.3.3'], address: '' },
  { why: 'only the first line counts', strategy: { depth: 1 }, forwardedFor: ['1.1.1.1', '2.2.2.2'], address: '1.1.1.1' },
  { why: 'an excluded address is passed over', strategy: { excludedIPs: ['3.3.3.3'] }, address: '2.2.2.2' },
  { why: 'excluded networks are passed over', strategy: { excludedIPs: ['2.0.0.0/7'] }, address: '1.1.1.1' },
  { why: 'where all are excluded nothing is found', strategy: { excludedIPs: ['0.0.0.0/0'] }, address: '' },
  {
    why: 'what is no address ends the search',
    strategy: { excludedIPs: ['0.0.0.0/0'] },
    forwardedFor: ['1.1.1.1, x, 3.3.3.3'],
    address: 'x',
  },
  {
    why: 'blank items are passed over',
    strategy: { excludedIPs: ['3.3.3.3'] },
    forwardedFor: [' 1.1.1.1 , , 3.3.3.3,'],
    address: '1.1.1.1',
  },
  { why: 'depth wins over excluded addresses', strategy: { depth: 1, excludedIPs: ['3.3.3.3'] }, address: '3.3.3.3' },
  { why: 'a subnet stands for its addresses', strategy: { ipv6Subnet: 64 }, peer: '2001:db8::1:2', address: '2001:db8::' },
  {
    why: 'a subnet counts for what the depth finds',
    strategy: { depth: 1, ipv6Subnet: 32 },
    forwardedFor: ['2001:db8:1::1'],
    address: '2001:db8::',
  },
  { why: 'a subnet leaves IPv4 alone', strategy: { ipv6Subnet: 8 }, address: '9.9.9.9' },
  {
    why: 'a subnet does not count with excluded addresses',
    strategy: { excludedIPs: ['3.3.3.3'], ipv6Subnet: 32 },
    forwardedFor: ['2001:db8:1::1, 3.3.3.3'],
    address: '2001:db8:1::1',
  },
]

for (const { why, strategy, peer = '9.9.9.9', forwardedFor = LIST, address } of cases) {
  test(`the address of a client: ${why}`, () => {
    const { value, issues } = check(ipStrategyOptions, strategy)
    expect(issues).toEqual([])
    const request = new RequestHead('GET', '/', new Headers(forwardedFor.flatMap((line) => ['X-Forwarded-For', line])))
    request.peer = { address: peer, port: 1, localAddress: '', localPort: 80 }
    expect(clientIp(strategy === undefined ? undefined : value)(request)).toBe(address)
  })
}

for (const [strategy, path] of [
  [{ depth: -1 }, ['depth']],
  [{ ipv6Subnet: 0 }, ['ipv6Subnet']],
  [{ ipv6Subnet: 129 }, ['ipv6Subnet']],
  [{ excludedIPs: ['10.0.0.0/33'] }, ['excludedIPs', 0]],
] as const) {
  test(`${JSON.stringify(strategy)} is a finding`, () => {
    expect(check(ipStrategyOptions, strategy).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path }])
  })
}
