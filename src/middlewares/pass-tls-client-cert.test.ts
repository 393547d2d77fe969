import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { type RequestOptions, request } from 'node:https'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Behind, startBehind, TRUSTING } from '../../test/harness/behind.ts'
import { send } from '../../test/harness/dispatched.ts'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temp.ts'
import type { TlsFacts } from '../http/request.ts'
import { check } from '../schema/index.ts'
import { passTLSClientCert } from './pass-tls-client-cert.ts'

const PEM = 'x-forwarded-tls-client-cert'
const INFO = 'x-forwarded-tls-client-cert-info'

let folder: TemporaryFolder
let certificate: string
let key: string

beforeAll(async () => {
  folder = await temporaryFolder()
  const [certFile, keyFile] = [join(folder.path, 'client.pem'), join(folder.path, 'client.key')]
  const subject = '/DC=test/DC=example/C=FR/ST=Île/L=Paris, 1er/O=One/O=Two/OU=Unit/serialNumber=4711/CN=client & co'
  const names = 'subjectAltName=DNS:*.a.test,URI:spiffe://a/b,IP:192.0.2.1,email:x@a.test,DNS:b.test,IP:2001:db8::1'
  const options = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2', '-utf8']
  execFileSync(
    'openssl',
    [...options, '-subj', subject, '-addext', names, '-set_serial', '0x0123456789ABCDEF0123', '-keyout', keyFile, '-out', certFile],
    { stdio: 'ignore' },
  )
  certificate = readFileSync(certFile, 'utf8')
  key = readFileSync(keyFile, 'utf8')
})

afterAll(() => folder[Symbol.asyncDispose]())

const base64Of = (pem: string) => new X509Certificate(pem).raw.toString('base64')

/** What the middleware says about a request on a connection with this certificate. */
function fieldsFor(options: object, clientCertificate: string | undefined, fields: readonly string[] = []) {
  const { value, issues } = check(passTLSClientCert.options, options)
  expect(issues).toEqual([])
  const dispatch = passTLSClientCert.build(value, middlewareContext())(() => true)
  const tls: TlsFacts | undefined = { serverName: '', options: 'default', version: '', cipher: '', clientCertificate }
  const ask = () =>
    send(
      (request, handler) => {
        request.tls = tls
        return dispatch(request, handler)
      },
      { fields },
    ).request.headers
  const { raw } = ask()
  // The second request of the connection hears the same.
  expect(ask().raw).toEqual(raw)
  return raw
}

const ALL = {
  country: true,
  province: true,
  locality: true,
  organization: true,
  commonName: true,
  serialNumber: true,
  domainComponent: true,
}
const NAME = 'DC=test,DC=example,C=FR,ST=Île,L=Paris, 1er,O=One,O=Two,SN=4711,CN=client & co'

const infos: { why: string; info: object; said: () => string }[] = [
  {
    why: 'the subject',
    info: { subject: { ...ALL, organizationalUnit: true } },
    said: () => `Subject="${NAME.replace('SN=', 'OU=Unit,SN=')}"`,
  },
  { why: 'a part of the subject', info: { subject: { commonName: true } }, said: () => 'Subject="CN=client & co"' },
  { why: 'the issuer', info: { issuer: ALL }, said: () => `Issuer="${NAME}"` },
  { why: 'the serial number', info: { serialNumber: true }, said: () => 'SerialNumber="5373003642731685151011"' },
  {
    why: 'its time',
    info: { notBefore: true, notAfter: true },
    said: () => {
      const { validFrom, validTo } = new X509Certificate(certificate)
      return `NB="${Date.parse(validFrom) / 1000}";NA="${Date.parse(validTo) / 1000}"`
    },
  },
  { why: 'its names', info: { sans: true }, said: () => 'SAN="*.a.test,b.test,x@a.test,192.0.2.1,2001:db8::1,spiffe://a/b"' },
  {
    why: 'several things in their order',
    info: { sans: true, serialNumber: true, issuer: { country: true }, subject: { country: true } },
    said: () =>
      'Subject="C=FR";Issuer="C=FR";SerialNumber="5373003642731685151011";SAN="*.a.test,b.test,x@a.test,192.0.2.1,2001:db8::1,spiffe://a/b"',
  },
]

for (const { why, info, said } of infos) {
  test(`passTLSClientCert: ${why} is passed on`, () => {
    const [name, value = '', ...rest] = fieldsFor({ info }, certificate)
    expect([name, rest]).toEqual(['X-Forwarded-Tls-Client-Cert-Info', []])
    expect(value).toMatch(/^[\w\-.~%+]+$/)
    expect(decodeURIComponent(value.replaceAll('+', ' '))).toBe(said())
  })
}

test('passTLSClientCert: the whole certificate, and each of several', () => {
  const one = base64Of(certificate)
  expect(fieldsFor({ pem: true }, certificate)).toEqual(['X-Forwarded-Tls-Client-Cert', one])
  expect(fieldsFor({ pem: true, info: { subject: { country: true } } }, certificate + certificate)).toEqual([
    'X-Forwarded-Tls-Client-Cert',
    `${one},${one}`,
    'X-Forwarded-Tls-Client-Cert-Info',
    'Subject%3D%22C%3DFR%22%2CSubject%3D%22C%3DFR%22',
  ])
})

test('passTLSClientCert: what is not asked for, or not there, is not said', () => {
  expect(fieldsFor({}, certificate)).toEqual([])
  expect(fieldsFor({ info: {} }, certificate)).toEqual([])
  expect(fieldsFor({ info: { subject: {} } }, certificate)).toEqual([])
  expect(fieldsFor({ pem: true, info: { serialNumber: true } }, undefined)).toEqual([])
})

test('passTLSClientCert: nobody else can say what the middleware says', () => {
  const claimed = ['X-Forwarded-Tls-Client-Cert', 'a', 'x-forwarded-tls-client-cert-info', 'b']
  expect(fieldsFor({ pem: true, info: { serialNumber: true } }, undefined, claimed)).toEqual([])
  expect(fieldsFor({ pem: true }, certificate, claimed)).toEqual([
    'x-forwarded-tls-client-cert-info',
    'b',
    'X-Forwarded-Tls-Client-Cert',
    base64Of(certificate),
  ])
})

async function askOverTls(behind: Behind, options: RequestOptions): Promise<number | undefined> {
  const { promise, resolve, reject } = Promise.withResolvers<number | undefined>()
  const asked = request({
    port: behind.port,
    host: '127.0.0.1',
    rejectUnauthorized: false,
    agent: false,
    signal: AbortSignal.timeout(5_000),
    ...options,
  })
  asked.once('error', reject)
  asked.once('response', (response) => response.resume().once('end', () => resolve(response.statusCode)))
  asked.end()
  return promise
}

test('passTLSClientCert: through TLS the server gets the certificate that the client has shown, and none where it has shown none', async () => {
  await using behind = await startBehind({
    middlewares: { certificate: { passTLSClientCert: { pem: true, info: { subject: { commonName: true } } } } },
    router: { tls: {} },
    tls: { options: { default: { clientAuth: { clientAuthType: 'RequestClientCert' } } } },
    entryPoint: TRUSTING,
  })
  expect(await askOverTls(behind, { cert: certificate, key })).toBe(200)
  expect(await askOverTls(behind, { headers: { [PEM]: 'forged', [INFO]: 'forged' } })).toBe(200)
  const fields = behind.seen.map(({ incoming }) => [incoming.headers[PEM], incoming.headers[INFO]])
  expect(fields).toEqual([
    [base64Of(certificate), 'Subject%3D%22CN%3Dclient+%26+co%22'],
    [undefined, undefined],
  ])
})
