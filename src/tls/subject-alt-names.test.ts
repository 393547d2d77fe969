import { expect, test } from 'vitest'
import { dnsNamesIn, holdsName, type SubjectAltName } from './subject-alt-names.ts'

const uri = (value: string): SubjectAltName => ({ type: 'URI', value })
const dns = (value: string): SubjectAltName => ({ type: 'DNSName', value })

const cases: readonly (readonly [why: string, written: string, name: SubjectAltName, holds: boolean])[] = [
  ['a URI', 'URI:spiffe://a/b', uri('spiffe://a/b'), true],
  ['letters in another case', 'URI:spiffe://A/b', uri('SPIFFE://a/B'), true],
  ['one of several names', 'DNS:a.test, URI:spiffe://a/b, IP Address:127.0.0.1', uri('spiffe://a/b'), true],
  ['another URI', 'URI:spiffe://a/b', uri('spiffe://a/c'), false],
  ['the beginning of a URI', 'URI:spiffe://a/bc', uri('spiffe://a/b'), false],
  ['a host name', 'DNS:a.test', dns('A.test'), true],
  ['a wildcard, which is another name', 'DNS:*.test', dns('a.test'), false],
  ['a name of another kind', 'DNS:a.test', uri('a.test'), false],
  ['no name at all', '', uri('a'), false],
  ['a name in quotes', 'DNS:a.test, URI:"spiffe://a, b"', uri('spiffe://a, b'), true],
  ['a name that pretends to be two', 'DNS:"x, URI:spiffe://a/b"', uri('spiffe://a/b'), false],
  ['a name that pretends to end its quotes', String.raw`URI:"x\", URI:spiffe://a/b"`, uri('spiffe://a/b'), false],
  ['a name with an escape', String.raw`URI:"a\u002c b"`, uri('a, b'), true],
]

for (const [why, written, name, holds] of cases) {
  test(`${why}: ${holds ? 'held' : 'not held'}`, () => {
    expect(holdsName(written, name)).toBe(holds)
  })
}

test('the names of hosts are found among others', () => {
  expect(dnsNamesIn('DNS:b.test, IP Address:127.0.0.1, DNS:"a, b", URI:spiffe://a, DNS:a.test')).toEqual(['b.test', 'a, b', 'a.test'])
  expect(dnsNamesIn('')).toEqual([])
})
