import { X509Certificate } from 'node:crypto'
import type { OcspOptions } from '../../config/certificates-resolvers.ts'
import type { Snapshot } from '../../config/snapshot.ts'
import type { Log } from '../../log.ts'
import type { CertificatePair, Staple } from '../../tls/settings.ts'
import type { Timers } from '../timers.ts'
import type { WorkerLink } from '../worker-thread.ts'
import { type Issued, ocspRequest, readOcspResponse } from './ocsp-message.ts'

const HOUR_MS = 60 * 60 * 1000
const TIMEOUT_MS = 10_000
const MOST_OCTETS = 64 * 1024

/** A response and when it is to be replaced; without one, when the responder is asked again. */
interface Kept {
  readonly response?: Uint8Array
  readonly refreshAt: number
  readonly expiresAt: number
}

interface StaplerOptions {
  /** Undefined where stapling is off. */
  readonly options: OcspOptions | undefined
  readonly timers: Timers
  readonly wallTime?: () => number
  readonly log: Log
}

/** Asks the authorities of the certificates that are served whether these are revoked, and gives what they say to every worker. */
export class OcspStapler {
  readonly #parts: StaplerOptions
  readonly #links = new Set<WorkerLink>()
  #kept = new Map<string, Kept>()
  #certificates: readonly string[] = []
  #isAsking = false
  #isStopped = false
  #cancel: () => void = () => {}

  constructor(parts: StaplerOptions) {
    this.#parts = parts
  }

  attach(link: WorkerLink): void {
    this.#links.add(link)
    if (this.#kept.size > 0) this.#send([link])
  }

  detach(link: WorkerLink): void {
    this.#links.delete(link)
  }

  /** A configuration is live: these are its certificates. */
  update({ tls }: Pick<Snapshot, 'tls'>): void {
    if (this.#parts.options === undefined) return
    const pairs: readonly (CertificatePair | undefined)[] = [...(tls?.certificates ?? []), tls?.defaultCertificate]
    this.#certificates = [...new Set(pairs.flatMap((pair) => pair?.cert ?? []))]
    this.#kept = new Map([...this.#kept].filter(([cert]) => this.#certificates.includes(cert)))
    void this.#go()
  }

  stop(): void {
    this.#isStopped = true
    this.#cancel()
  }

  /** Asks for all that is due, one after the other, and comes back within an hour. */
  async #go(): Promise<void> {
    if (this.#isAsking || this.#isStopped) return
    this.#isAsking = true
    this.#cancel()
    for (let due = this.#due(); due !== undefined && !this.#isStopped; due = this.#due()) await this.#refresh(due)
    this.#isAsking = false
    if (!this.#isStopped) this.#cancel = this.#parts.timers.after(HOUR_MS, () => void this.#go())
  }

  get #now(): number {
    return (this.#parts.wallTime ?? Date.now)()
  }

  #due(): string | undefined {
    return this.#certificates.find((cert) => (this.#kept.get(cert)?.refreshAt ?? 0) <= this.#now)
  }

  async #refresh(cert: string): Promise<void> {
    const last = this.#kept.get(cert)
    const usable = last?.response !== undefined && last.expiresAt > this.#now ? last : undefined
    const fresh = await this.#ask(cert)
    this.#kept.set(
      cert,
      fresh ?? { refreshAt: this.#now + HOUR_MS, expiresAt: 0, ...(usable && { ...usable, refreshAt: this.#now + HOUR_MS }) },
    )
    if (fresh?.response !== undefined || last?.response !== usable?.response) this.#send(this.#links)
  }

  async #ask(cert: string): Promise<Kept | undefined> {
    const { log } = this.#parts
    try {
      const issued = issuedOf(cert)
      const url = issued && this.#responderOf(issued)
      // Nobody to ask, now or later.
      if (issued === undefined || url === undefined) return { refreshAt: Number.POSITIVE_INFINITY, expiresAt: 0 }
      const response = await post(url, ocspRequest(issued))
      const { status, thisUpdate, nextUpdate } = readOcspResponse(response, issued)
      if (status !== 'good') throw new Error(`the certificate is ${status}`)
      const expiresAt = nextUpdate ?? this.#now + 2 * HOUR_MS
      if (!(expiresAt > this.#now)) throw new Error('the response is too old')
      return { response, refreshAt: Math.min(expiresAt, Math.max(this.#now, thisUpdate) + (expiresAt - thisUpdate) / 2), expiresAt }
    } catch (error) {
      log.warn(`no OCSP response for a certificate: ${(error as Error).message}`)
      return undefined
    }
  }

  #responderOf({ certificate }: Issued): string | undefined {
    const named = /^OCSP - URI:(\S+)$/m.exec(certificate.infoAccess ?? '')?.[1]
    const overrides = this.#parts.options?.responderOverrides ?? {}
    return named !== undefined && Object.hasOwn(overrides, named) ? overrides[named] : named
  }

  #send(links: Iterable<WorkerLink>): void {
    const staples: Staple[] = [...this.#kept].flatMap(([cert, { response }]) => (response === undefined ? [] : [{ cert, response }]))
    for (const link of links) link.send({ type: 'staples', staples })
  }
}

/** The certificate and the one behind it; undefined where nobody stands behind it. */
function issuedOf(chain: string): Issued | undefined {
  const [first, second] = chain.match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g) ?? []
  if (first === undefined || second === undefined) return undefined
  const issued = { certificate: new X509Certificate(first), issuer: new X509Certificate(second) }
  return issued.certificate.checkIssued(issued.issuer) ? issued : undefined
}

async function post(url: string, request: Buffer): Promise<Buffer> {
  const headers = { 'Content-Type': 'application/ocsp-request', Accept: 'application/ocsp-response' }
  const response = await fetch(url, { method: 'POST', headers, body: request, signal: AbortSignal.timeout(TIMEOUT_MS) })
  if (!response.ok) throw new Error(`the responder answered ${response.status}`)
  const octets = Buffer.from(await response.arrayBuffer())
  if (octets.length > MOST_OCTETS) throw new Error('the response is too large')
  return octets
}
