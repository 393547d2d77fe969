import { X509Certificate } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FakeTimers } from '../../../test/harness/fake-timers.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import type { Snapshot } from '../../config/snapshot.ts'
import { tlsConfiguration } from '../../config/tls.ts'
import { check, redact } from '../../schema/index.ts'
import type { WorkerLink } from '../worker-thread.ts'
import { DefaultCertificate } from './default-certificate.ts'
import { fileStamps } from './file-stamps.ts'
import { readOptions } from './read-options.ts'
import { readPair } from './read-pair.ts'
import { makeSelfSigned } from './self-signed.ts'
import { TicketKeys } from './ticket-keys.ts'

const DAY = 24 * 60 * 60 * 1000

const optionsOf = (written: object) => {
  const { value, issues } = check(tlsConfiguration, { options: { o: written } })
  expect(issues).toEqual([])
  const options = value.options.o
  if (options === undefined) throw new Error('there are no options')
  return readOptions(options)
}

test('a self-signed certificate is valid for its name, now and for a year, whatever its length', () => {
  for (let length = 1; length < 60; length++) {
    const name = `${'a'.repeat(length)}.test`
    const { cert, key } = makeSelfSigned('Some Name', name)
    expect(readPair({ certFile: cert, keyFile: key })).toEqual({ names: ['some name', name], cert, key })
    const certificate = new X509Certificate(cert)
    expect(certificate.checkHost(name)).toBe(name)
    expect(certificate.verify(certificate.publicKey)).toBe(true)
    expect([Date.parse(certificate.validFrom) < Date.now(), Date.parse(certificate.validTo) > Date.now() + 364 * DAY]).toEqual([true, true])
  }
})

const one = makeSelfSigned('one', 'one.test')
const two = makeSelfSigned('two', 'two.test')

const badPairs = [
  { why: 'a file that is not there', certFile: '/nowhere.pem', keyFile: one.key, field: 'certFile', says: '"/nowhere.pem"' },
  { why: 'a key that is no PEM', certFile: one.cert, keyFile: 'c2VjcmV0IGtleQ==', field: 'keyFile', says: 'cannot be read (ENOENT)' },
  { why: 'the key of another', certFile: one.cert, keyFile: two.key, field: 'keyFile', says: 'is not the key of the certificate' },
  { why: 'a key in place of the certificate', certFile: one.key, keyFile: one.key, field: 'certFile', says: 'is no certificate' },
  { why: 'a certificate in place of the key', certFile: one.cert, keyFile: one.cert, field: 'keyFile', says: 'does not work' },
]

for (const { why, certFile, keyFile, field, says } of badPairs) {
  test(`${why} is told without a word of the key`, () => {
    const read = readPair({ certFile, keyFile })
    expect(read).toMatchObject({ field, problem: expect.stringContaining(says) })
    expect(JSON.stringify(read)).not.toContain('c2VjcmV0')
  })
}

test('keys never show in a dump', () => {
  const written = {
    certificates: [{ certFile: 'a.pem', keyFile: one.key }],
    stores: { default: { defaultCertificate: { certFile: 'a', keyFile: 'secret' } } },
  }
  const shown = JSON.stringify(redact(tlsConfiguration, written))
  expect(shown).not.toContain('PRIVATE')
  expect(shown).not.toContain('secret')
})

test('options become those of OpenSSL', () => {
  const { options, bad } = optionsOf({
    minVersion: 'versiontls12',
    maxVersion: 'VersionTLS13',
    cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', 'TLS_AES_128_GCM_SHA256'],
    curvePreferences: ['X25519MLKEM768', 'x25519', 'CurveP256'],
    sniStrict: true,
    alpnProtocols: ['h2'],
    disableSessionTickets: true,
  })
  expect(bad).toEqual([])
  expect(options).toEqual({
    minVersion: 'TLSv1.2',
    maxVersion: 'TLSv1.3',
    ciphers: 'TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256:ECDHE-RSA-AES128-GCM-SHA256',
    groups: 'X25519MLKEM768:X25519:P-256',
    sniStrict: true,
    protocols: ['h2'],
    tickets: false,
  })
})

test('options that say nothing are those of the field', () => {
  expect(optionsOf({}).options).toEqual({ minVersion: 'TLSv1.2', sniStrict: false, protocols: ['h2', 'http/1.1'], tickets: true })
})

test('empty lists are those of the field, too', () => {
  expect(optionsOf({ cipherSuites: [], curvePreferences: [] }).options).toEqual(optionsOf({}).options)
})

test('a suite that the library does not have is told, and the others are offered', () => {
  const { options, bad } = optionsOf({ cipherSuites: ['TLS_ECDHE_RSA_WITH_RC4_128_SHA', 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256'] })
  expect(bad).toMatchObject([{ place: ['cipherSuites', 0], code: 'GTW_UNSUPPORTED', severity: 'warning' }])
  expect(options.ciphers).toContain('ECDHE-RSA-AES128-GCM-SHA256')
})

const badOptions = [
  { why: 'suites none of which the library has', written: { cipherSuites: ['TLS_RSA_WITH_RC4_128_SHA'] }, place: '' },
  {
    why: 'verification without authorities',
    written: { clientAuth: { clientAuthType: 'VerifyClientCertIfGiven' } },
    place: 'clientAuth.clientAuthType',
  },
  { why: 'authorities that cannot be read', written: { clientAuth: { caFiles: ['/nowhere'] } }, place: 'clientAuth.caFiles.0' },
  {
    why: 'authorities that are none',
    written: { clientAuth: { caFiles: ['-----BEGIN CERTIFICATE-----\nx'] } },
    place: 'clientAuth.caFiles.0',
  },
  {
    why: 'suites that are all of TLS 1.3 up to TLS 1.2',
    written: { maxVersion: 'VersionTLS12', cipherSuites: ['TLS_AES_128_GCM_SHA256'] },
    place: 'cipherSuites',
  },
  {
    why: 'suites that are all of TLS 1.2 up to TLS 1.1',
    written: { minVersion: 'VersionTLS10', maxVersion: 'VersionTLS11', cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256'] },
    place: 'cipherSuites',
  },
  { why: 'a range of versions that is empty', written: { minVersion: 'VersionTLS13', maxVersion: 'VersionTLS12' }, place: 'maxVersion' },
]

for (const { why, written, place } of badOptions) {
  test(`${why}: the options are broken`, () => {
    const errors = optionsOf(written).bad.filter(({ severity }) => severity === 'error')
    expect(errors.map((bad) => bad.place.join('.'))).toEqual([place])
  })
}

test('an old version is a warning', () => {
  expect(optionsOf({ minVersion: 'VersionTLS10' }).bad).toMatchObject([{ code: 'GTW_INSECURE', severity: 'warning' }])
})

const snapshot: Snapshot = { revision: 1, fingerprint: '', routers: {}, services: {}, middlewares: {}, serversTransports: {}, cells: {} }
const tls = { certificates: [], options: {}, hosts: {} }

const curves = [
  { why: 'P-256 is among the curves', options: { curvePreferences: ['X25519', 'CurveP256'] }, warned: false },
  { why: 'no curve is named', options: {}, warned: false },
  { why: 'P-256 is not among the curves', options: { curvePreferences: ['CurveP521', 'CurveP384'] }, warned: true },
  { why: 'there is only TLS 1.3', options: { curvePreferences: ['X25519'], minVersion: 'VersionTLS13' }, warned: false },
  {
    why: 'there is only TLS 1.1',
    options: { curvePreferences: ['X25519'], minVersion: 'VersionTLS10', maxVersion: 'VersionTLS11' },
    warned: false,
  },
]

for (const { why, options, warned } of curves) {
  test(`certificates of clients, ${why}: ${warned ? 'a warning' : 'nothing to say'}`, () => {
    const { bad } = optionsOf({ ...options, clientAuth: { clientAuthType: 'RequestClientCert' } })
    const told = bad.filter(({ place }) => place[0] === 'curvePreferences').map(({ severity }) => severity)
    expect(told).toEqual(warned ? ['warning'] : [])
    expect(optionsOf(options).bad.filter(({ place }) => place[0] === 'curvePreferences')).toEqual([])
  })
}

test('a default certificate is made once, and only where one is needed', () => {
  const certificate = new DefaultCertificate()
  expect(certificate.complete(snapshot)).toBe(snapshot)
  const given = { ...snapshot, tls: { ...tls, defaultCertificate: one } }
  expect(certificate.complete(given)).toBe(given)
  const first = certificate.complete({ ...snapshot, tls }).tls?.defaultCertificate
  expect(first?.names[0]).toMatch(/^[0-9a-f]{32}\.gateway\.default$/)
  expect(certificate.complete({ ...snapshot, tls }).tls?.defaultCertificate).toBe(first)
})

test('all workers seal session tickets with the same keys, which change twice a day', () => {
  const timers = new FakeTimers()
  const keys = new TicketKeys(timers)
  const sent: [number, string][] = []
  const link = (index: number) => ({
    index,
    send: (message: Parameters<WorkerLink['send']>[0]) =>
      void (message.type === 'ticketKeys' && sent.push([index, Buffer.from(message.keys).toString('hex')])),
  })
  const [zero, other] = [link(0), link(1)]
  keys.attach(zero)
  keys.attach(other)
  const [[, first = ''] = []] = sent
  expect(sent).toEqual([
    [0, first],
    [1, first],
  ])
  expect(first).toHaveLength(96)
  keys.detach(zero)
  timers.advance(12 * 60 * 60 * 1000)
  expect(sent.slice(2)).toEqual([[1, expect.not.stringMatching(first)]])
  keys.stop()
  timers.advance(12 * 60 * 60 * 1000)
  expect(sent).toHaveLength(3)
})

test('a file that the configuration names is news when it has changed', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'cert.pem')
  const configuration = { TLS: { certificates: [{ certFile: file, keyFile: '/nowhere', other: ['x\ny', 7] }] }, http: { file } }
  expect(fileStamps(configuration)).toEqual([])
  writeFileSync(file, 'one')
  const before = fileStamps(configuration)
  expect(before).toHaveLength(1)
  expect(fileStamps(configuration)).toEqual(before)
  writeFileSync(file, 'longer')
  expect(fileStamps(configuration)).not.toEqual(before)
  expect(fileStamps(undefined)).toEqual([])
})
