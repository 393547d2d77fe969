import { createHash } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import { CertificateStore, type HandshakePlan, type NoPlan } from '../tls/certificate-store.ts'
import { contextOptions } from '../tls/context-options.ts'
import { ACME_TLS, ACME_TLS_OPTIONS, type CertificatePair, type Staple, type TlsOptions, type TlsSettings } from '../tls/settings.ts'

const NOTHING: TlsSettings = { certificates: [], options: {}, hosts: {} }

const NONE: ReadonlyMap<string, SecureContext> = new Map()

/**
 * The certificates and options of TLS that are live in one worker. A new snapshot, or new keys for session tickets, replace
 * them in one step; connections that are open keep what they were made with.
 */
export class TlsContexts {
  #settings = NOTHING
  #ticketKeys: Buffer | undefined
  /** What connections have asked for since the last change, by all that it was made of. */
  #contexts = new Map<string, SecureContext>()
  #store = this.#makeStore(NONE)
  /** For the handshakes of authorities, by name. */
  #challenges: ReadonlyMap<string, CertificatePair> = new Map()
  #staples: ReadonlyMap<string, Buffer> = new Map()

  replace(settings: TlsSettings | undefined): void {
    this.#settings = settings ?? NOTHING
    this.#store = this.#makeStore(this.#contexts)
  }

  setTicketKeys(keys: Uint8Array): void {
    this.#ticketKeys = Buffer.from(keys)
    this.#store = this.#makeStore(NONE)
  }

  setChallenges(pairs: readonly CertificatePair[]): void {
    this.#challenges = new Map(pairs.flatMap((pair) => pair.names.map((name) => [name, pair] as const)))
  }

  setStaples(staples: readonly Staple[]): void {
    this.#staples = new Map(staples.map(({ cert, response }) => [cert, Buffer.from(response)]))
  }

  /** How an authority is answered that checks who owns a name; undefined where it did not come for that, or nobody expects it. */
  challengePlan(serverName: string, protocols: readonly string[]): HandshakePlan<SecureContext> | undefined {
    if (protocols.length !== 1 || protocols[0] !== ACME_TLS) return undefined
    const pair = this.#challenges.get(serverName)
    if (pair === undefined) return undefined
    const context = makeContext(pair, ACME_TLS_OPTIONS, { name: ACME_TLS, keys: undefined })
    return { name: ACME_TLS, options: ACME_TLS_OPTIONS, pair, context }
  }

  /** What the authority says of a certificate, for clients that want to know. */
  stapleOf({ pair }: HandshakePlan<SecureContext>): Buffer | undefined {
    return this.#staples.size === 0 ? undefined : this.#staples.get(pair.cert)
  }

  /** Whether an entry point has routers that want TLS. */
  serves(entryPoint: string): boolean {
    return this.#store.serves(entryPoint)
  }

  plan(entryPoint: string, serverName: string, localAddress: string): HandshakePlan<SecureContext> | NoPlan {
    return this.#store.plan(entryPoint, serverName, localAddress)
  }

  /** The same with the options of this name. */
  planWith(options: string, serverName: string, localAddress: string): HandshakePlan<SecureContext> | NoPlan {
    return this.#store.planWith(options, serverName, localAddress)
  }

  /** Whether a router of HTTPS names this host. */
  namesHost(entryPoint: string, serverName: string): boolean {
    return this.#store.namesHost(entryPoint, serverName)
  }

  /** A context costs a millisecond: what a new snapshot does not change is not made again. */
  #makeStore(before: ReadonlyMap<string, SecureContext>): CertificateStore<SecureContext> {
    const keys = this.#ticketKeys
    const contexts = new Map<string, SecureContext>()
    this.#contexts = contexts
    return new CertificateStore(this.#settings, (pair, options, name) => {
      const content = JSON.stringify([name, options, pair])
      const context = before.get(content) ?? makeContext(pair, options, { name, keys })
      contexts.set(content, context)
      return context
    })
  }
}

interface Sealing {
  readonly name: string
  readonly keys: Buffer | undefined
}

function makeContext(pair: CertificatePair, options: TlsOptions, sealing: Sealing): SecureContext {
  return createSecureContext({
    ...contextOptions(options),
    cert: pair.cert,
    key: pair.key,
    sessionIdContext: sessionIdContext(options, sealing.name),
    ...(sealing.keys === undefined ? {} : { ticketKeys: sealing.keys }),
  })
}

/** A session is only resumed under the very options that it began with: a certificate of the client that was checked once counts. */
function sessionIdContext(options: TlsOptions, name: string): string {
  return createHash('sha256')
    .update(JSON.stringify([name, options]))
    .digest('hex')
    .slice(0, 32)
}
