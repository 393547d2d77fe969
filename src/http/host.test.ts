import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalHost, portOfHost, withoutTrailingDot } from './host.ts'

const cases = [
  { received: 'a.test', host: 'a.test', port: '' },
  { received: 'A.TEST:8080', host: 'a.test', port: '8080' },
  { received: 'a.test.', host: 'a.test.', port: '' },
  { received: ' a.test ', host: 'a.test', port: '' },
  { received: 'a.test:', host: 'a.test', port: '' },
  { received: '10.0.0.1:80', host: '10.0.0.1', port: '80' },
  { received: '[::1]:80', host: '::1', port: '80' },
  { received: '[::1]', host: '::1', port: '' },
  { received: '[2001:DB8::A]', host: '2001:db8::a', port: '' },
  { received: '::1', host: '::1', port: '' },
  { received: '', host: '', port: '' },
  { received: 'É.test', host: 'É.test', port: '' },
]

for (const { received, host, port } of cases) {
  test(`the host "${received}" is canonically "${host}" with port "${port}"`, () => {
    expect(canonicalHost(received)).toBe(host)
    expect(portOfHost(received)).toBe(port)
  })
}

test('a canonical name stays as it is', () => {
  fc.assert(fc.property(fc.domain(), (name) => canonicalHost(canonicalHost(name.toUpperCase())) === name.toLowerCase()))
})

test('one trailing dot is dropped, and a lone dot is kept', () => {
  expect(['a.test.', 'a.test', 'a..', '.', ''].map(withoutTrailingDot)).toEqual(['a.test', 'a.test', 'a.', '.', ''])
})
