import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { Authority } from '../../../test/harness/authority.ts'
import { needs } from '../../../test/harness/services.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import type { CertificatePair, TlsSettings } from '../../tls/settings.ts'
import { CertificateExpiry } from './certificate-expiry.ts'

const settingsOf = (certificates: readonly CertificatePair[]): TlsSettings => ({ certificates, options: {}, hosts: {} })

needs(['openssl'], 'certificates say when they expire, as long as they are configured', async () => {
  await using folder = await temporaryFolder()
  const authority = new Authority(folder, 'authority')
  const cert = readFileSync(authority.issue('DNS:b.test', 'IP:127.0.0.1', 'DNS:a.test').certFile, 'utf8')
  const { serialNumber, validTo } = new X509Certificate(cert)
  const served = { names: [], cert, key: '' }
  const expiry = new CertificateExpiry()
  const told = { labels: `cn="issued",serial="${BigInt(`0x${serialNumber}`)}",sans="a.test,b.test"`, notAfter: Date.parse(validTo) / 1000 }
  expect(expiry.of(undefined)).toEqual([])
  expect(expiry.of(settingsOf([served, served, { ...served, cert: 'nonsense' }]))).toEqual([told])
  expect(expiry.of({ ...settingsOf([]), defaultCertificate: served })).toEqual([told])
  expect(expiry.of(settingsOf([]))).toEqual([])
})
