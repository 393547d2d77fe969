import { type CompleteMessage, decodeTree } from 'gateway/provider'
import { expect, test } from 'vitest'
import { joinNamespaces } from './namespaces.ts'

function said(store: string, pairs: Record<string, string>): CompleteMessage {
  const entries = Object.entries(pairs).map(([key, value]) => [`gateway/${key}`, value] as const)
  return decodeTree(entries, { rootKey: 'gateway', source: (key) => ({ kind: 'key', store, key }) })
}

test('one namespace is said as it is', () => {
  const message = said('one', { 'http/routers/a/rule': 'Host(`a`)' })
  expect(joinNamespaces([message])).toBe(message)
})

test('sections are joined, names are compared without regard to case, and certificates are all kept', () => {
  const joined = joinNamespaces([
    said('one', { 'http/routers/a/rule': 'one', 'tls/certificates/0/certFile': 'one.pem' }),
    said('two', {
      'http/routers/A/rule': 'two',
      'http/middlewares/m/addPrefix/prefix': '/two',
      'tls/certificates/0/certFile': 'two.pem',
      'tls/options/o/minVersion': 'VersionTLS13',
    }),
    said('three', { 'http/routers/b/rule': 'three', 'tls/certificates/0/certFile': 'three.pem' }),
  ])
  expect(joined.configuration).toEqual({
    http: { routers: { a: { rule: 'one' }, b: { rule: 'three' } }, middlewares: { m: { addPrefix: { prefix: '/two' } } } },
    tls: {
      certificates: [{ certFile: 'one.pem' }, { certFile: 'two.pem' }, { certFile: 'three.pem' }],
      options: { o: { minVersion: 'VersionTLS13' } },
    },
  })
  expect(joined.findings.map(({ code, path }) => [code, path])).toEqual([['GTW_CONFLICT', 'http.routers.A']])
  const places = [0, 1, 2].map((index) => joined.locate(['tls', 'certificates', index, 'certFile']))
  expect(places.map((place) => place?.kind === 'key' && place.store)).toEqual(['one', 'two', 'three'])
})
