import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { type ConnectionOptions, connect, createServer, type TLSSocket, type TlsOptions } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { Authority } from '../../test/harness/authority.ts'
import type { Certificate } from '../../test/harness/certificate.ts'
import { available } from '../../test/harness/commands.ts'
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temp.ts'
import { type ClientTlsSettings, clientTlsOptions } from './client-options.ts'

let folder: TemporaryFolder
let authority: Authority
let server: Certificate
let client: Certificate
let otherClient: Certificate

beforeAll(async () => {
  folder = await temporaryFolder()
  if (!available('openssl')) return
  authority = new Authority(folder, 'authority')
  server = authority.issue('DNS:app.test', 'DNS:second.test', 'URI:spiffe://td/app')
  client = authority.issue('DNS:client.test')
  otherClient = authority.issue('DNS:other.test')
})
afterAll(() => folder[Symbol.asyncDispose]())

const text = (file: string): string => readFileSync(file, 'utf8')
const pair = ({ certFile, keyFile }: Certificate) => ({ certFile: text(certFile), keyFile: text(keyFile) })

interface Handshake {
  /** undefined where the handshake succeeded. */
  readonly error: string | undefined
  readonly protocol: string | null
  readonly cipher: string
  /** What the server saw of the client. */
  readonly name: string | false | null
  readonly clientName: string | undefined
}

/** Shakes hands with a server under the given settings. */
async function shake(settings: Partial<ClientTlsSettings>, options: TlsOptions = {}, host = '127.0.0.1'): Promise<Handshake> {
  const seen = Promise.withResolvers<TLSSocket>()
  const listening = createServer({ cert: text(server.certFile), key: text(server.keyFile), ...options })
  listening.on('secureConnection', (socket) => seen.resolve(socket.on('error', () => {})))
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve))
  const { port } = listening.address() as AddressInfo
  const all = { insecureSkipVerify: false, rootCAs: [text(authority.certFile)], ...settings }
  const ended = Promise.withResolvers<string | undefined>()
  const socket = connect({ host: '127.0.0.1', port, ...clientTlsOptions(all, host) } as ConnectionOptions, () => ended.resolve(undefined))
  socket.on('error', (error: NodeJS.ErrnoException) => ended.resolve(error.code ?? error.message))
  try {
    const error = await ended.promise
    const other = error === undefined ? await seen.promise : undefined
    return {
      error,
      protocol: socket.getProtocol(),
      cipher: error === undefined ? socket.getCipher().name : '',
      name: other?.servername ?? null,
      clientName: other?.getPeerX509Certificate()?.subjectAltName,
    }
  } finally {
    socket.destroy()
    listening.close()
  }
}

const APP = { serverName: 'app.test' } as const
const URI_OF_APP = { peerCertURI: 'SPIFFE://td/app' } as const

describe.skipIf(!available('openssl'))('a client with TLS', () => {
  const verified: readonly (readonly [why: string, settings: Partial<ClientTlsSettings>, error: string | RegExp | undefined])[] = [
    ['trusts the authorities that are named', APP, undefined],
    ['does not trust others than the system does', { ...APP, rootCAs: [] }, 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
    ['verifies the name of the server', { serverName: 'other.test' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['verifies the host where no name is given', {}, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['takes an empty name for none', { serverName: '' }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['accepts anything where it is told to', { rootCAs: [], insecureSkipVerify: true }, undefined],
    ['finds the URI', { ...APP, ...URI_OF_APP }, undefined],
    ['misses the URI', { ...APP, peerCertURI: 'spiffe://td/other' }, /does not hold the URI spiffe:\/\/td\/other/],
    ['wants the name also where it finds the URI', { serverName: 'other.test', ...URI_OF_APP }, 'ERR_TLS_CERT_ALTNAME_INVALID'],
    ['leaves the name alone and finds the URI', { insecureSkipVerify: true, ...URI_OF_APP }, undefined],
    ['leaves the name alone and misses the URI', { insecureSkipVerify: true, peerCertURI: 'x' }, /does not hold the URI/],
    [
      'leaves the name alone and verifies the chain, for the sake of the URI',
      { insecureSkipVerify: true, rootCAs: [], ...URI_OF_APP },
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
    [
      'finds one of several names',
      {
        ...APP,
        peerCertSANs: [
          { type: 'URI', value: 'x' },
          { type: 'DNSName', value: 'SECOND.test' },
        ],
      },
      undefined,
    ],
    ['misses all of several names', { ...APP, peerCertSANs: [{ type: 'URI', value: 'second.test' }] }, /none of the names in peerCertSANs/],
    [
      'leaves the name alone and verifies the chain, for the sake of other names',
      { insecureSkipVerify: true, rootCAs: [], peerCertSANs: [{ type: 'DNSName', value: 'second.test' }] },
      'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
    ],
  ]
  for (const [why, settings, error] of verified) {
    test(why, async () => {
      const handshake = await shake(settings)
      if (error instanceof RegExp) expect(handshake.error).toMatch(error)
      else expect(handshake.error).toBe(error)
    })
  }

  test('asks for the name, or the host where there is none, but never for an address', async () => {
    expect((await shake(APP)).name).toBe('app.test')
    expect((await shake({}, {}, 'second.test')).name).toBe('second.test')
    expect((await shake({ insecureSkipVerify: true })).name).toBe(false)
  })

  const asking = { requestCert: true, rejectUnauthorized: false }

  test('shows its certificate when it is asked for one; of two of a kind the first', async () => {
    const one = await shake({ ...APP, certificates: [pair(client)] }, asking)
    expect(one.clientName).toBe('DNS:client.test')
    const two = await shake({ ...APP, certificates: [pair(client), pair(otherClient)] }, asking)
    expect(two.clientName).toBe('DNS:client.test')
    expect((await shake(APP, asking)).clientName).toBeUndefined()
  })

  const versions: readonly (readonly [settings: Partial<ClientTlsSettings>, protocol: string])[] = [
    [{}, 'TLSv1.3'],
    [{ maxVersion: 'VersionTLS12' }, 'TLSv1.2'],
    [{ maxVersion: 'VersionTLS11' }, 'TLSv1.1'],
    [{ minVersion: 'VersionTLS10', maxVersion: 'VersionTLS10' }, 'TLSv1'],
    [{ minVersion: 'VersionTLS13' }, 'TLSv1.3'],
  ]
  const anyVersion: TlsOptions = { minVersion: 'TLSv1', ciphers: 'DEFAULT:@SECLEVEL=0' }
  for (const [settings, protocol] of versions) {
    test(`speaks ${protocol} with ${JSON.stringify(settings)}`, async () => {
      expect(await shake({ ...APP, ...settings }, anyVersion)).toMatchObject({ error: undefined, protocol })
    })
  }

  test('does not go below TLS 1.2 unasked', async () => {
    const old: TlsOptions = { ...anyVersion, maxVersion: 'TLSv1.1' }
    expect((await shake(APP, old)).error).toBeDefined()
    expect(await shake({ ...APP, minVersion: 'VersionTLS11' }, old)).toMatchObject({ error: undefined, protocol: 'TLSv1.1' })
    expect((await shake({ ...APP, minVersion: 'VersionTLS13' }, { maxVersion: 'TLSv1.2' })).error).toBeDefined()
  })

  test('offers the suites that are listed; a list takes none away from TLS 1.3', async () => {
    const settings = { ...APP, cipherSuites: ['TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384'] }
    const cipher = 'ECDHE-ECDSA-AES256-GCM-SHA384'
    expect(await shake(settings, { maxVersion: 'TLSv1.2' })).toMatchObject({ error: undefined, cipher })
    expect(await shake(settings)).toMatchObject({ error: undefined, protocol: 'TLSv1.3' })
    const other = { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-CHACHA20-POLY1305' } as const
    expect((await shake(settings, other)).error).toBeDefined()
  })
})
