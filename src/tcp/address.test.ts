import { expect, test } from 'vitest'
import { expectedOfAddress, parseStreamAddress } from './address.ts'

test('an address is a host and a port', () => {
  expect(parseStreamAddress('10.0.0.1:5432')).toEqual({ host: '10.0.0.1', port: 5432 })
  expect(parseStreamAddress(' db.test:1 ')).toEqual({ host: 'db.test', port: 1 })
  expect(parseStreamAddress('[::1]:65535')).toEqual({ host: '::1', port: 65_535 })
})

for (const text of [
  '',
  'db.test',
  ':5432',
  'db.test:',
  'db.test:0',
  'db.test:65536',
  '::1:53',
  '[db.test]:1',
  'tcp://db.test:1',
  'a b:1',
]) {
  test(`${JSON.stringify(text)} is no address`, () => {
    expect(parseStreamAddress(text)).toBeUndefined()
    expect(expectedOfAddress(text)).toContain('host:port')
  })
}
