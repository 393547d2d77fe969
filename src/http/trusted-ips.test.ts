import { expect, test } from 'vitest'
import { plainAddress, TrustedIps } from './trusted-ips.ts'

function trusted(...list: string[]): TrustedIps {
  const parsed = TrustedIps.parse(list)
  if (parsed instanceof TrustedIps) return parsed
  throw new Error(`invalid: ${parsed.invalid}`)
}

const cases = [
  { list: ['10.0.0.0/8'], address: '10.1.1.1', has: true },
  { list: ['10.0.0.0/8'], address: '11.0.0.1', has: false },
  { list: ['10.0.0.1'], address: '10.0.0.1', has: true },
  { list: ['10.0.0.1'], address: '10.0.0.2', has: false },
  { list: ['10.0.0.0/8'], address: '::ffff:10.1.1.1', has: true },
  { list: ['10.0.0.0/8'], address: '::ffff:a01:101', has: true },
  { list: ['::ffff:10.0.0.0/104'], address: '10.1.1.1', has: true },
  { list: ['::ffff:a00:1'], address: '10.0.0.1', has: true },
  { list: ['fe80::/10'], address: 'fe80::1%eth0', has: true },
  { list: ['fe80::1%eth0'], address: 'fe80::1', has: true },
  { list: ['2001:db8::/32', '10.0.0.1'], address: '2001:DB8:0::1', has: true },
  { list: ['0.0.0.0/0'], address: '1.2.3.4', has: true },
  { list: ['0.0.0.0/0'], address: '::1', has: false },
  { list: ['::/0'], address: '::1', has: true },
  { list: ['::/0'], address: '1.2.3.4', has: false },
  { list: [], address: '1.2.3.4', has: false },
  { list: ['0.0.0.0/0', '::/0'], address: '', has: false },
  { list: ['0.0.0.0/0', '::/0'], address: 'nonsense', has: false },
]

for (const { list, address, has } of cases) {
  test(`[${list}] ${has ? 'holds' : 'does not hold'} "${address}", also when asked again`, () => {
    const ips = trusted(...list)
    expect([ips.has(address), ips.has(address)]).toEqual([has, has])
  })
}

for (const invalid of [
  '',
  'x',
  '10.0.0.0/33',
  '10.0.0.0/',
  '10.0.0.0/-1',
  '10.0.0.0/08',
  '10.0.0.1/8/8',
  '::/129',
  '::ffff:1.2.3.4/8',
  ' 10.0.0.1',
  '010.0.0.1',
  '10.0.0/8',
]) {
  test(`"${invalid}" is named as the entry that is no address and no network`, () => {
    expect(TrustedIps.parse(['10.0.0.1', invalid])).toEqual({ invalid })
  })
}

test('answers stay right when more addresses ask than are remembered', () => {
  const ips = trusted('10.0.0.0/24')
  for (let round = 0; round < 2; round++) {
    for (let last = 0; last < 256; last++) {
      expect(ips.has(`10.0.0.${last}`)).toBe(true)
      expect(ips.has(`10.0.1.${last}`)).toBe(false)
    }
  }
})

test('an address is written without zone, and as IPv4 where it is one', () => {
  expect(['::ffff:1.2.3.4', 'fe80::1%eth0', '::1', '1.2.3.4', ''].map(plainAddress)).toEqual(['1.2.3.4', 'fe80::1', '::1', '1.2.3.4', ''])
})
