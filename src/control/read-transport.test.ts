import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Authority } from '../../test/harness/authority.ts'
import { available } from '../../test/harness/commands.ts'
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temp.ts'
import { serversTransport } from '../config/servers-transport.ts'
import { check, redact } from '../schema/index.ts'
import { ExpiryJudge } from './certificates/expiry-judge.ts'
import { readTransport } from './read-transport.ts'

const read = (transport: object) => {
  const { value, issues } = check(serversTransport, transport)
  return { issues, ...readTransport(value, new ExpiryJudge(Date.now())) }
}

let folder: TemporaryFolder
beforeAll(async () => {
  folder = await temporaryFolder()
})
afterAll(() => folder[Symbol.asyncDispose]())

describe.skipIf(!available('openssl'))('files of a servers transport', () => {
  test('are replaced by what is in them; the contents themselves are left alone', () => {
    const authority = new Authority(folder, 'one')
    const certificate = authority.issue('DNS:a.test')
    const first = read({ rootCAs: [authority.certFile], certificates: [certificate] })
    expect(first.bad).toEqual([])
    const { rootCAs, certificates } = first.transport
    expect(rootCAs[0]).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect(certificates[0]?.certFile).toMatch(/^-----BEGIN CERTIFICATE-----/)
    expect(certificates[0]?.keyFile).toMatch(/^-----BEGIN (EC )?PRIVATE KEY-----/)
    const again = read({ rootCAs, certificates })
    expect(again).toMatchObject({ bad: [], transport: { rootCAs, certificates } })
  })

  test('that do not belong together are told', () => {
    const authority = new Authority(folder, 'two')
    const [one, other] = [authority.issue('DNS:a.test'), authority.issue('DNS:b.test')]
    const { bad } = read({ certificates: [one, { certFile: one.certFile, keyFile: other.keyFile }] })
    expect(bad).toMatchObject([
      { place: ['certificates', 1, 'keyFile'], code: 'GTW_BAD_VALUE', problem: 'is not the key of the certificate' },
    ])
  })
})

describe('what is wrong with a servers transport', () => {
  const cases: readonly (readonly [why: string, transport: object, place: readonly (string | number)[], said: object])[] = [
    ['a file that is not there', { rootCAs: ['/nowhere/ca.pem'] }, ['rootCAs', 0], { code: 'GTW_UNREADABLE', severity: 'error' }],
    [
      'no certificate in PEM',
      { rootCAs: ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----'] },
      ['rootCAs', 0],
      { code: 'GTW_BAD_VALUE', severity: 'error' },
    ],
    [
      'a client certificate that is not there',
      { certificates: [{ certFile: '/nowhere/a.pem', keyFile: '/nowhere/a.key' }] },
      ['certificates', 0, 'certFile'],
      { code: 'GTW_UNREADABLE', severity: 'error' },
    ],
    [
      'versions that leave nothing',
      { minVersion: 'VersionTLS13', maxVersion: 'VersionTLS12' },
      ['maxVersion'],
      { code: 'GTW_BAD_VALUE', problem: 'is below the lowest version', severity: 'error' },
    ],
    ['an old version', { minVersion: 'VersionTLS10' }, ['minVersion'], { code: 'GTW_INSECURE', severity: 'warning' }],
    ['suites that OpenSSL has not any more', { cipherSuites: ['TLS_RSA_WITH_RC4_128_SHA'] }, ['cipherSuites'], { severity: 'error' }],
  ]
  for (const [why, transport, place, said] of cases) {
    test(`${why}: told at its place`, () => {
      const { issues, bad } = read(transport)
      expect(issues).toEqual([])
      expect(bad).toMatchObject([{ place, ...said }])
    })
  }

  test('a lowest version alone is enough', () => {
    expect(read({ minVersion: 'VersionTLS12' }).bad).toEqual([])
  })

  const issues: readonly (readonly [why: string, transport: object, issue: object])[] = [
    [
      'a suite with a slip',
      { cipherSuites: ['TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA265'] },
      { path: ['cipherSuites', 0], suggestion: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256' },
    ],
    ['a version with a slip', { minVersion: 'VersionTLS1.2' }, { path: ['minVersion'], suggestion: 'VersionTLS12' }],
    ['a kind of name that is not known', { peerCertSANs: [{ type: 'IP', value: '::1' }] }, { path: ['peerCertSANs', 0, 'type'] }],
    ['a certificate without a key', { certificates: [{ certFile: 'a.pem' }] }, { code: 'GTW_MISSING' }],
    ['SPIFFE', { spiffe: {} }, { code: 'GTW_UNSUPPORTED', severity: 'warning' }],
  ]
  for (const [why, transport, issue] of issues) {
    test(`${why}: an issue`, () => {
      expect(check(serversTransport, transport).issues).toMatchObject([issue])
    })
  }

  test('a key is never shown', () => {
    const shown = redact(serversTransport, { certificates: [{ certFile: 'a.pem', keyFile: 'SECRET' }] })
    expect(shown).toEqual({ certificates: [{ certFile: 'a.pem', keyFile: '***' }] })
  })
})
