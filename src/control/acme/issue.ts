import { createPrivateKey, generateKeyPair, type KeyObject } from 'node:crypto'
import { setTimeout as pause } from 'node:timers/promises'
import { createSecureContext } from 'node:tls'
import { promisify } from 'node:util'
import type { Authorization, Client, Order } from 'acme-client'
import type { AcmeOptions } from '../../config/certificates-resolvers.ts'
import { AcmeError, problemOf } from './acme-error.ts'
import { loadLibrary } from './session.ts'
import type { Proof, Solver } from './solver.ts'
import type { StoredCertificate } from './stored.ts'
import type { AcmeTransport } from './transport.ts'

/** How long an authority may take to look at what it was told. */
const AUTHORIZATION_MS = 2 * 60_000
const FIRST_LOOK_MS = 250
const LONGEST_LOOK_MS = 10_000

const generate = promisify(generateKeyPair)

/** All that one order needs. */
export interface Issuing {
  readonly client: Client
  readonly transport: AcmeTransport
  readonly options: AcmeOptions
  readonly solvers: readonly Solver[]
  readonly names: readonly string[]
  /** PEM of the key of the certificate that is renewed. */
  readonly key?: string
  readonly signal: AbortSignal
}

/** Obtains one certificate: an order, a proof for each name, a request, the chain (RFC 8555 §7.4). */
export function issue(issuing: Issuing): Promise<StoredCertificate> {
  return issuing.transport.run(() => new Issue(issuing).run())
}

/** How one name is proven. */
interface Chosen {
  readonly authorization: Authorization
  readonly challenge: Authorization['challenges'][number]
  readonly solver: Solver
  readonly proofOf: () => Promise<Proof>
}

class Issue {
  readonly #issuing: Issuing

  constructor(issuing: Issuing) {
    this.#issuing = issuing
  }

  async run(): Promise<StoredCertificate> {
    const { client, names, options } = this.#issuing
    const identifiers = names.map((value) => ({ type: 'dns', value }))
    const profile = options.profile === '' ? {} : { profile: options.profile }
    const order = await client.createOrder({ identifiers, ...profile })
    await this.#prove(await client.getAuthorizations(order))
    const key = await this.#key()
    const ready = await this.#until(
      () => client.getOrder(order),
      ({ status }) => status !== 'pending',
      AUTHORIZATION_MS,
    )
    const finalized = ready.status === 'ready' ? await client.finalizeOrder(ready, await this.#request(key)) : ready
    const done = await this.#untilMade(finalized)
    const chain = await client.getCertificate(done, options.preferredChain || undefined)
    return checked({ names, certificate: chain, key })
  }

  /** Everything is set up before anything is looked at, and cleaned up whatever comes of it. */
  async #prove(authorizations: readonly Authorization[]): Promise<void> {
    const pending = authorizations.filter(({ status }) => status !== 'valid')
    const cleanups: (() => Promise<void> | void)[] = []
    try {
      const chosen = pending.map((one) => this.#choose(one))
      // One after the other: two records of one name, and hooks, may not bear company.
      for (const { proofOf, solver } of chosen) cleanups.push(await solver.present(await proofOf()))
      await pause(Math.max(0, ...chosen.map(({ solver }) => solver.delayMs)), undefined, { signal: this.#issuing.signal })
      await Promise.all(chosen.map((one) => this.#check(one)))
    } finally {
      for (const cleanup of cleanups) await Promise.resolve(cleanup()).catch(() => {})
    }
  }

  #choose(authorization: Authorization): Chosen {
    const { client, solvers } = this.#issuing
    const { challenges, identifier } = authorization
    const solver = solvers.find(({ type }) => challenges.some((challenge) => challenge.type === type))
    const challenge = challenges.find(({ type }) => type === solver?.type)
    if (solver === undefined || challenge === undefined) {
      const offered = challenges.map(({ type }) => type).join(', ')
      throw new AcmeError('GTW_ACME_CHALLENGE', `the authority proves ${identifier.value} only by ${offered}, none of which is configured`)
    }
    // For a record the library returns the digest; the hooks want what it is made of.
    const proofOf = async () => ({
      name: identifier.value,
      token: challenge.token,
      keyAuthorization: await client.getChallengeKeyAuthorization({ ...challenge, type: 'http-01' } as typeof challenge),
    })
    return { authorization, challenge, solver, proofOf }
  }

  async #check({ authorization, challenge }: Chosen): Promise<void> {
    const { client } = this.#issuing
    await client.completeChallenge(challenge)
    const read = async (): Promise<Authorization> => {
      const [current] = await client.getAuthorizations({ authorizations: [authorization.url] } as unknown as Order)
      return current ?? authorization
    }
    const settled = await this.#until(read, ({ status }) => status !== 'pending', AUTHORIZATION_MS)
    if (settled.status === 'valid') return
    const failed = settled.challenges.find((one) => 'error' in one && one.error)
    const { type, detail } = problemOf(failed?.error)
    const { value } = authorization.identifier
    throw new AcmeError('GTW_ACME_CHALLENGE', `${value}: ${detail || `the authorization is ${settled.status}`}${type && ` (${type})`}`, {
      type,
    })
  }

  async #untilMade(order: Order): Promise<Order> {
    const { client, options } = this.#issuing
    const isOver = ({ status }: Order): boolean => status !== 'processing' && status !== 'ready' && status !== 'pending'
    const done = isOver(order) ? order : await this.#until(() => client.getOrder(order), isOver, options.certificateTimeout)
    if (done.status === 'valid') return done
    const { type, detail } = problemOf(done.error)
    throw new AcmeError('GTW_ACME_REFUSED', detail || `the order is ${done.status}`, { type })
  }

  /** Looks again and again, as often as the authority likes. */
  async #until<T>(read: () => Promise<T>, isOver: (value: T) => boolean, withinMs: number): Promise<T> {
    const { transport, signal } = this.#issuing
    const deadline = performance.now() + withinMs
    for (let waitMs = FIRST_LOOK_MS; ; waitMs = Math.min(LONGEST_LOOK_MS, waitMs * 1.5)) {
      const value = await read()
      if (isOver(value)) return value
      const rest = deadline - performance.now()
      if (rest <= 0) throw new AcmeError('GTW_ACME_REFUSED', 'the authority does not come to an end')
      await pause(Math.min(rest, transport.takeRetryAfter() ?? waitMs), undefined, { signal })
    }
  }

  /** A renewal keeps the key that others may have pinned. */
  async #key(): Promise<string> {
    const { key, options } = this.#issuing
    return key !== undefined && isKey(key) ? key : exportKey(await makeKey(options.keyType))
  }

  async #request(key: string): Promise<Buffer> {
    const { names, options } = this.#issuing
    const { crypto } = await loadLibrary()
    const [commonName = ''] = names
    // A common name has at most 64 characters (RFC 5280, ub-common-name).
    const subject = options.disableCommonName || commonName.length > 64 ? {} : { commonName }
    const [, request] = await crypto.createCsr({ ...subject, altNames: [...names] }, pkcs8(key))
    return request
  }
}

function makeKey(type: AcmeOptions['keyType']): Promise<KeyObject> {
  const made = type.startsWith('EC')
    ? generate('ec', { namedCurve: type === 'EC384' ? 'P-384' : 'P-256' })
    : generate('rsa', { modulusLength: Number(type.slice(3)) })
  return made.then(({ privateKey }) => privateKey)
}

/** The forms that Traefik writes. */
function exportKey(key: KeyObject): string {
  return key.export({ type: key.asymmetricKeyType === 'ec' ? 'sec1' : 'pkcs1', format: 'pem' }).toString()
}

function pkcs8(key: string): string {
  return createPrivateKey(key).export({ type: 'pkcs8', format: 'pem' }).toString()
}

function isKey(key: string): boolean {
  try {
    createPrivateKey(key)
    return true
  } catch {
    return false
  }
}

/** What does not work together is no certificate, whoever says so. */
function checked(made: StoredCertificate): StoredCertificate {
  try {
    createSecureContext({ cert: made.certificate, key: made.key })
    return made
  } catch {
    throw new AcmeError('GTW_ACME_REFUSED', 'what the authority sent is no certificate for our key')
  }
}
