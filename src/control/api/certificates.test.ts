import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'
import type { CertificatePair } from '../../tls/settings.ts'
import { makeSelfSigned } from '../certificates/self-signed.ts'
import { certificatesOf } from './certificates.ts'

const DAY_MS = 24 * 3_600_000

const settings = (...certificates: CertificatePair[]) => ({ certificates, options: {}, hosts: {} })

/** A certificate for 10 years with a key of a kind, by openssl. */
function make(...key: readonly string[]): CertificatePair {
  const subject = '/C=DE/O=Subject, Inc/CN=a.test'
  const names = 'subjectAltName=DNS:a.test,DNS:*.b.test,IP:127.0.0.1'
  const args = ['req', '-x509', '-newkey', ...key, '-nodes', '-days', '3650', '-subj', subject, '-addext', names, '-keyout', '/dev/null']
  return { names: [], cert: execFileSync('openssl', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }), key: '' }
}

const keys: readonly (readonly [key: readonly string[], shown: object])[] = [
  [['rsa:2048'], { keyType: 'RSA', keySize: 2048, signatureAlgorithm: 'SHA256-RSA' }],
  [['ec', '-pkeyopt', 'ec_paramgen_curve:P-384'], { keyType: 'ECDSA', keySize: 384, signatureAlgorithm: 'ECDSA-SHA256' }],
  [['ed25519'], { keyType: 'Ed25519', keySize: 256, signatureAlgorithm: 'Ed25519' }],
]
for (const [key, shown] of keys) {
  test(`a certificate with a key ${key[0]} is told in full`, () => {
    const [item] = certificatesOf(settings(make(...key)), Date.now())
    expect(item).toEqual({
      name: expect.stringMatching(/^[0-9a-f]{64}$/),
      certFingerprint: item?.name,
      publicKeyFingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      sans: ['a.test', '*.b.test', '127.0.0.1'],
      notAfter: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/),
      notBefore: expect.stringMatching(/Z$/),
      serialNumber: expect.stringMatching(/^\d+$/),
      commonName: 'a.test',
      organization: 'Subject, Inc',
      country: 'DE',
      issuerOrg: 'Subject, Inc',
      issuerCN: 'a.test',
      issuerCountry: 'DE',
      version: 'v3',
      status: 'enabled',
      ...shown,
    })
  })
}

test('a certificate is about to expire, then expired', () => {
  const tls = settings(makeSelfSigned('one', 'one.test'))
  const statusAfter = (days: number) => certificatesOf(tls, Date.now() + days * DAY_MS)[0]?.status
  expect([0, 330, 340, 366].map(statusAfter)).toEqual(['enabled', 'enabled', 'warning', 'expired'])
})

test('the default certificate is among them, and each is there once', () => {
  const [one, other] = [makeSelfSigned('one', 'one.test'), makeSelfSigned('other', 'other.test')]
  const items = certificatesOf({ ...settings(one, { ...one }), defaultCertificate: other }, Date.now())
  expect(items.map(({ commonName }) => commonName)).toEqual(['one', 'other'])
})

test('without TLS there is none', () => {
  expect(certificatesOf(undefined, Date.now())).toEqual([])
})
