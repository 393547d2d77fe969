import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setImmediate as turn } from 'node:timers/promises'
import { connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls'
import type { Certificate } from './certificate.ts'
import { type Alert, type Done, type Outcome, SUITES, type TlsOffer, type TlsVersion } from './tls-model.ts'

/** The certificates of clients: one that the authorities of the options have signed, and one of somebody else. */
export type ClientCertificates = Readonly<Record<'known' | 'foreign', Certificate>>

interface Connection {
  readonly facts: Omit<Done, 'resumes'>
  readonly isReused: boolean
  readonly session: Buffer | undefined
}

/** HTTP/2 begins with these octets: the preface, and settings without any (RFC 9113 §3.4). */
const PREFACE = Buffer.concat([Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'), Buffer.of(0, 0, 0, 4, 0, 0, 0, 0, 0)])
const SETTINGS = 4

const ALERTS: Readonly<Record<string, Alert>> = {
  'ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE': 'handshake_failure',
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: 'protocol_version',
  // A server that cannot know what the client will not take tells its own version, and the client ends.
  ERR_SSL_UNSUPPORTED_PROTOCOL: 'protocol_version',
  ERR_SSL_TLSV1_UNRECOGNIZED_NAME: 'unrecognized_name',
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED: 'certificate_required',
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: 'no_application_protocol',
  'ERR_SSL_SSL/TLS_ALERT_ILLEGAL_PARAMETER': 'illegal_parameter',
  ECONNRESET: 'closed',
}

/** OpenSSL's names of the curves that have another one in configurations. */
const CURVES: Readonly<Record<string, string>> = { prime256v1: 'P-256', secp384r1: 'P-384', secp521r1: 'P-521' }

/** A client by node:tls that offers what it is told, and tells what it got. */
export class TlsObserver {
  readonly #certificates: ClientCertificates
  readonly #contexts = new Map<string, SecureContext>()

  constructor(certificates: ClientCertificates) {
    this.#certificates = certificates
  }

  /** Does a handshake and a request, and both again with the session of the first ones. */
  async observe(port: number, host: string, offer: TlsOffer): Promise<Outcome> {
    const one = await this.#connect(port, host, offer)
    if ('refused' in one) return one
    const other = await this.#connect(port, host, offer, one.session)
    if ('refused' in other) throw new Error(`the next connection is refused: ${other.refused}`)
    return { ...one.facts, resumes: other.isReused }
  }

  async #connect(port: number, host: string, offer: TlsOffer, session?: Buffer): Promise<Connection | { refused: Alert[] }> {
    const socket = connect({
      port,
      host: '127.0.0.1',
      servername: host,
      rejectUnauthorized: false,
      secureContext: this.#contextOf(offer),
      ...(offer.protocols.length === 0 ? {} : { ALPNProtocols: [...offer.protocols] }),
      ...(session === undefined ? {} : { session }),
    })
    try {
      return await converse(socket, host)
    } catch (error) {
      const alert = ALERTS[(error as NodeJS.ErrnoException).code ?? '']
      if (alert === undefined) throw error
      return { refused: [alert] }
    } finally {
      socket.destroy()
    }
  }

  #contextOf({ versions, suites, groups, certificate }: TlsOffer): SecureContext {
    const key = JSON.stringify([versions, suites, groups, certificate])
    const context =
      this.#contexts.get(key) ??
      createSecureContext({
        minVersion: versions[0],
        maxVersion: versions[1],
        // What is older than TLS 1.2 signs with SHA-1, which OpenSSL refuses at its ordinary level.
        ciphers: [...suites.map((name) => SUITES[name]?.short), '@SECLEVEL=0'].join(':'),
        ecdhCurve: groups.join(':'),
        ...(certificate === 'none' ? {} : pemOf(this.#certificates[certificate])),
      })
    this.#contexts.set(key, context)
    return context
  }
}

/** Whether what happened is what should; where there are several reasons to refuse, one of them is told. */
export function fits(seen: Outcome, expected: Outcome): boolean {
  if ('refused' in seen || 'refused' in expected) {
    return 'refused' in seen && 'refused' in expected && seen.refused.every((alert) => expected.refused.includes(alert))
  }
  return describe(seen) === describe(expected)
}

export function describe(outcome: Outcome): string {
  if ('refused' in outcome) return `refused: ${outcome.refused.join(' or ')}`
  const { shown, version, suite, group, protocol, resumes } = outcome
  return [shown, version, suite, group || 'no group', protocol || 'no protocol', resumes ? 'resumes' : 'does not resume'].join(', ')
}

async function converse(socket: TLSSocket, host: string): Promise<Connection> {
  let session: Buffer | undefined
  socket.on('session', (last) => {
    session = last
  })
  const failed = failureOf(socket)
  await Promise.race([once(socket, 'secureConnect'), failed])
  // Only a new session tells that a handshake of TLS 1.3 is over on the other side, too (RFC 8446 §4.6.1).
  if (socket.getProtocol() === 'TLSv1.3' && session === undefined && !socket.isSessionReused())
    await Promise.race([once(socket, 'session'), failed])
  // The library is in the middle of reading, and what is written now would be lost.
  await turn()
  const facts = factsOf(socket)
  const isHttp2 = facts.protocol === 'h2'
  socket.write(isHttp2 ? PREFACE : `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`)
  const [answer] = (await Promise.race([once(socket, 'data'), failed])) as [Buffer]
  const isGood = isHttp2 ? answer[3] === SETTINGS : answer.toString('latin1').startsWith('HTTP/1.1 200 ')
  if (!isGood) throw new Error(`the answer is ${JSON.stringify(answer.toString('latin1'))}`)
  return { facts, isReused: socket.isSessionReused(), session }
}

function failureOf(socket: TLSSocket): Promise<never> {
  return new Promise((_, reject) => {
    socket.once('error', reject)
    socket.once('close', () => reject(Object.assign(new Error('closed'), { code: 'ECONNRESET' })))
  })
}

function factsOf(socket: TLSSocket): Omit<Done, 'resumes'> {
  const key = socket.getEphemeralKeyInfo() as { readonly name?: string }
  return {
    shown: (/^CN=(?:\*\.)?(\w+)/m.exec(socket.getPeerX509Certificate()?.subject ?? '')?.[1] ?? '') as Done['shown'],
    version: socket.getProtocol() as TlsVersion,
    suite: socket.getCipher().standardName,
    group: CURVES[key.name ?? ''] ?? key.name ?? '',
    protocol: socket.alpnProtocol || '',
  }
}

function pemOf({ certFile, keyFile }: Certificate): { cert: Buffer; key: Buffer } {
  return { cert: readFileSync(certFile), key: readFileSync(keyFile) }
}
