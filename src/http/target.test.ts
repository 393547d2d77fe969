import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodeSemicolons, normalizePath, routingPath, sanitizePath, semicolonsToAmpersands } from './target.ts'

const normalized = [
  { path: '/a', is: '/a' },
  { path: '/%41%42%43', is: '/ABC' },
  { path: '/%61%2fb', is: '/a%2Fb' },
  { path: '/%2e%2E/%7e%5f', is: '/../~_' },
  { path: '/%20%c3%a9', is: '/%20%C3%A9' },
  { path: '/%2541', is: '/%2541' },
  { path: '/a%zz', is: undefined },
  { path: '/a%', is: undefined },
  { path: '/a%4', is: undefined },
  { path: '/%u002f', is: undefined },
]

for (const { path, is } of normalized) {
  test(`the path ${path} is normally ${is}`, () => expect(normalizePath(path)).toBe(is))
}

const sanitized = [
  { path: '/a', is: '/a' },
  { path: '/a/', is: '/a/' },
  { path: '/', is: '/' },
  { path: '*', is: '*' },
  { path: '', is: '' },
  { path: '//', is: '/' },
  { path: '/a//b/../c/', is: '/a/c/' },
  { path: '/a/..', is: '/' },
  { path: '/a/b/.', is: '/a/b' },
  { path: '/a/./', is: '/a/' },
  { path: '/../../a', is: '/a' },
  { path: '../x', is: 'x' },
  { path: '/.well-known/x', is: '/.well-known/x' },
  { path: '/a.../..b/c..', is: '/a.../..b/c..' },
  { path: '/a/..%2Fb/', is: '/a/..%2Fb/' },
  { path: '/a/..;/b', is: '/a/..;/b' },
]

for (const { path, is } of sanitized) {
  test(`the path "${path}" is clean as "${is}"`, () => expect(sanitizePath(path)).toBe(is))
}

test('normalised and cleaned, escaped dots resolve and an escaped slash does not separate', () => {
  const clean = (path: string) => sanitizePath(normalizePath(path) ?? '')
  expect(clean('/a/../b/%41%42%43//%2f/')).toBe('/b/ABC/%2F/')
  expect(clean('/a/%2e%2e/b')).toBe('/b')
  expect(clean('/foo/%2E%2E/bar')).toBe('/bar')
})

const routed = [
  { path: '/a', is: '/a' },
  { path: '/foo%2Fbar', is: '/foo%2Fbar' },
  { path: '/foo%2fbar', is: '/foo%2Fbar' },
  { path: '/foo%20bar', is: '/foo bar' },
  { path: '/caf%C3%A9', is: '/café' },
  { path: '/%e2%82%ac%20%F0%9F%98%80x', is: '/€ 😀x' },
  { path: '/a%3Bb', is: '/a%3Bb' },
  { path: '/%7Bx%7D', is: '/{x}' },
  { path: '/%25%32%35', is: '/%2525' },
  { path: '/%ff', is: '/%FF' },
  { path: '/%c3%28%41', is: '/%C3%28A' },
  { path: '/100%', is: '/100%' },
]

for (const { path, is } of routed) {
  test(`rules see the path ${path} as ${is}`, () => expect(routingPath(path)).toBe(is))
}

test('two normal paths that differ are told apart by rules', () => {
  const octets = fc.array(fc.integer({ min: 0, max: 255 }), { maxLength: 8 })
  const escaped = (values: readonly number[]) =>
    normalizePath(`/${values.map((octet) => `%${octet.toString(16).padStart(2, '0')}`).join('')}`) ?? ''
  fc.assert(
    fc.property(octets, octets, (one, other) => {
      expect(routingPath(escaped(one)) === routingPath(escaped(other))).toBe(escaped(one) === escaped(other))
    }),
  )
})

test('normalising and cleaning again changes nothing', () => {
  const part = fc.constantFrom('/', '.', '..', '%2e', '%2F', '%41', 'a', ';', '%c3%a9')
  fc.assert(
    fc.property(fc.array(part), (parts) => {
      const clean = sanitizePath(normalizePath(`/${parts.join('')}`) ?? '')
      expect(sanitizePath(normalizePath(clean) ?? '')).toBe(clean)
      expect(clean.split('/')).not.toContain('..')
    }),
  )
})

test('semicolons of a query are escaped or read as ampersands', () => {
  expect(encodeSemicolons('x=1;y=2;')).toBe('x=1%3By=2%3B')
  expect(semicolonsToAmpersands('x=1;y=2;')).toBe('x=1&y=2&')
  expect(encodeSemicolons('x=1&y')).toBe('x=1&y')
})
