import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect } from 'vitest'
import type { Heard, OptionCase, Scene } from './scene.ts'

const SUBJECT = '/C=FR/ST=Ile/L=Paris/O=One/OU=Unit/CN=client/serialNumber=4711/DC=test'

/** The parts of a name: option, then how it is written, in the order in which they are. */
const NAME_PARTS: Readonly<Record<string, string>> = {
  domainComponent: 'DC=test',
  country: 'C=FR',
  province: 'ST=Ile',
  locality: 'L=Paris',
  organization: 'O=One',
  organizationalUnit: 'OU=Unit',
  serialNumber: 'SN=4711',
  commonName: 'CN=client',
}

/** Makes the certificate that a client shows; it has signed itself, so that its issuer has the same name. */
export function makeClientCertificate(folder: string): void {
  const files = ['-keyout', join(folder, 'client.key'), '-out', join(folder, 'client.pem')]
  const options = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-set_serial', '4660']
  const names = ['-subj', SUBJECT, '-addext', 'subjectAltName=DNS:a.test,IP:192.0.2.1']
  execFileSync('openssl', ['req', '-x509', ...options, ...names, ...files], { stdio: 'ignore' })
}

const certificateOf = ({ around }: Scene) => new X509Certificate(readFileSync(join(around.folder.path, 'client.pem')))
const seconds = (date: string): number => Date.parse(date) / 1000

/** What the server hears of a client that shows its certificate. */
async function heardWithCertificate({ around, securePort, host }: Scene): Promise<Heard['headers']> {
  const [cert, key] = ['client.pem', 'client.key'].map((name) => readFileSync(join(around.folder.path, name)))
  const { promise, resolve, reject } = Promise.withResolvers<string>()
  request(
    { port: securePort, host: '127.0.0.1', headers: { host }, servername: host, cert, key, rejectUnauthorized: false, agent: false },
    (answer) => text(answer).then(resolve, reject),
  )
    .on('error', reject)
    .end()
  return (JSON.parse(await promise) as Heard).headers
}

const infoCase = (name: string, info: object, expected: (certificate: X509Certificate) => string): OptionCase => ({
  title: `passTLSClientCert tells the server of ${name}`,
  middlewares: () => ({ [`certificate-${name}`]: { passTLSClientCert: { info } } }),
  async prove(scene) {
    const fields = await heardWithCertificate(scene)
    expect(fields['x-forwarded-tls-client-cert']).toBe(undefined)
    // The text is escaped as in a query.
    const info = new URLSearchParams(`info=${fields['x-forwarded-tls-client-cert-info']}`).get('info')
    expect(info).toBe(expected(certificateOf(scene)))
  },
})

/** Options of `passTLSClientCert`. */
export const certificateCases: readonly OptionCase[] = [
  {
    title: 'passTLSClientCert gives the server the whole certificate',
    middlewares: () => ({ 'certificate-whole': { passTLSClientCert: { pem: true } } }),
    async prove(scene) {
      const { 'x-forwarded-tls-client-cert': pem, 'x-forwarded-tls-client-cert-info': info } = await heardWithCertificate(scene)
      expect([pem, info]).toEqual([certificateOf(scene).raw.toString('base64'), undefined])
    },
  },
  infoCase('notBefore', { notBefore: true }, ({ validFrom }) => `NB="${seconds(validFrom)}"`),
  infoCase('notAfter', { notAfter: true }, ({ validTo }) => `NA="${seconds(validTo)}"`),
  infoCase('sans', { sans: true }, () => 'SAN="a.test,192.0.2.1"'),
  infoCase('serialNumber', { serialNumber: true }, () => 'SerialNumber="4660"'),
  ...['subject', 'issuer'].flatMap((whose) =>
    Object.entries(NAME_PARTS)
      .filter(([part]) => whose === 'subject' || part !== 'organizationalUnit')
      .map(([part, expected]) =>
        infoCase(`${whose}-${part}`, { [whose]: { [part]: true } }, () => `${whose === 'subject' ? 'Subject' : 'Issuer'}="${expected}"`),
      ),
  ),
]
