import { expect, test } from 'vitest'
import { CertificateStore } from './certificate-store.ts'
import { type CertificatePair, DEFAULT_TLS_OPTIONS, type TlsSettings } from './settings.ts'

const pair = (cert: string, ...names: string[]): CertificatePair => ({ names, cert, key: '' })

const settings = (certificates: readonly CertificatePair[], more: Partial<TlsSettings> = {}): TlsSettings => ({
  certificates,
  defaultCertificate: pair('default'),
  options: { default: DEFAULT_TLS_OPTIONS },
  hosts: { web: {} },
  ...more,
})

const storeOf = (content: TlsSettings): CertificateStore<string> =>
  new CertificateStore(content, ({ cert }, _options, name) => `${cert} ${name}`)

const shown = (store: CertificateStore<string>, serverName: string, localAddress = ''): string => {
  const plan = store.plan('web', serverName, localAddress)
  return typeof plan === 'string' ? plan : plan.context
}

const lookups = [
  { why: 'an exact name goes ahead of a wildcard', name: 'www.a.test', seen: 'exact default' },
  { why: 'a wildcard covers one label', name: 'x.a.test', seen: 'wild default' },
  { why: 'a wildcard does not cover two', name: 'x.y.a.test', seen: 'default default' },
  { why: 'a wildcard does not cover none', name: 'a.test', seen: 'default default' },
  { why: 'a name that nobody knows gets the default', name: 'constructor', seen: 'default default' },
]

for (const { why, name, seen } of lookups) {
  test(why, () => expect(shown(storeOf(settings([pair('wild', '*.a.test'), pair('exact', 'www.a.test')])), name)).toBe(seen))
}

test('without a name, the address that was reached is one', () => {
  const store = storeOf(settings([pair('address', '192.0.2.1')]))
  expect([shown(store, '', '192.0.2.1'), shown(store, '', '192.0.2.2')]).toEqual(['address default', 'default default'])
})

test('of two certificates with the same names the first stays, else the one with the greater list of names', () => {
  expect(shown(storeOf(settings([pair('first', 'a.test', 'b.test'), pair('second', 'b.test', 'a.test')])), 'a.test')).toBe('first default')
  expect(shown(storeOf(settings([pair('greater', 'b.test', 'c.test'), pair('lesser', 'a.test', 'c.test')])), 'c.test')).toBe(
    'greater default',
  )
})

test('options go by host, also by a wildcard, each host for itself', () => {
  const options = { default: DEFAULT_TLS_OPTIONS, mtls: DEFAULT_TLS_OPTIONS, strict: { ...DEFAULT_TLS_OPTIONS, sniStrict: true } }
  const hosts = { web: { 'a.test': 'mtls', '*.s.test': 'strict', 'b.test': 'missing', 'c.test': 'constructor' } }
  const store = storeOf(settings([pair('own', 'x.s.test')], { options, hosts }))
  const seen = ['a.test', 'x.s.test', 'y.s.test', 'b.test', 'c.test', 'd.test'].map((name) => shown(store, name))
  expect(seen).toEqual(['default mtls', 'own strict', 'unrecognized', 'broken', 'broken', 'default default'])
})

test('a context is made when it is first asked for, once, and what cannot be made is broken', () => {
  const made: string[] = []
  const store = new CertificateStore(settings([pair('a', 'a.test', 'b.test'), pair('bad', 'bad.test')]), ({ cert }) => {
    made.push(cert)
    if (cert === 'bad') throw new Error('no')
    return cert
  })
  expect(made).toEqual([])
  expect(store.plan('web', 'a.test', '')).toBe(store.plan('web', 'b.test', ''))
  expect([store.plan('web', 'bad.test', ''), store.plan('web', 'bad.test', '')]).toEqual(['broken', 'broken'])
  expect(made).toEqual(['a', 'bad'])
})

test('an entry point without routers that want TLS does not speak it', () => {
  const store = storeOf(settings([]))
  expect([store.serves('web'), store.serves('other')]).toEqual([true, false])
})

test('a thousand certificates are found as fast as one: each is looked up, none is compared', () => {
  const many = Array.from({ length: 1_000 }, (_, index) => pair(String(index), `h${index}.test`))
  expect(shown(storeOf(settings(many)), 'h777.test')).toBe('777 default')
})
