import type { Snapshot } from '../../config/snapshot.ts'
import type { StaticConfiguration } from '../../config/static.ts'
import type { Log } from '../../log.ts'
import type { ProviderMessage } from '../../provider/definition.ts'
import { CertificateResolvers } from '../acme/resolvers.ts'
import type { Timers } from '../timers.ts'
import type { WorkerLink } from '../worker-thread.ts'
import { DefaultCertificate } from './default-certificate.ts'
import { OcspStapler } from './ocsp-stapler.ts'
import { TicketKeys } from './ticket-keys.ts'

interface UpkeepOptions {
  readonly configuration: StaticConfiguration
  readonly timers: Timers
  readonly log: Log
  /** Hears the certificates of the resolvers. */
  readonly hear: (message: ProviderMessage) => void
}

/** Everything about TLS that changes while the configuration stays: certificates come, tickets rotate, responses are stapled. */
export class TlsUpkeep {
  readonly #defaultCertificate = new DefaultCertificate()
  readonly #ticketKeys: TicketKeys
  readonly #resolvers: CertificateResolvers
  readonly #stapler: OcspStapler

  constructor({ configuration, timers, log, hear }: UpkeepOptions) {
    this.#ticketKeys = new TicketKeys(timers)
    this.#resolvers = new CertificateResolvers({ configuration, timers, log, hear })
    this.#stapler = new OcspStapler({ options: configuration.ocsp, timers, log })
  }

  /** Reads the certificates that are stored, and says them. */
  load(): Promise<void> {
    return this.#resolvers.load()
  }

  /** Gives a snapshot the default certificate that nobody has configured. */
  complete(snapshot: Snapshot): Snapshot {
    return this.#defaultCertificate.complete(snapshot)
  }

  /** A snapshot is live. */
  update(snapshot: Snapshot): void {
    this.#resolvers.update(snapshot)
    this.#stapler.update(snapshot)
  }

  attach(link: WorkerLink): void {
    this.#ticketKeys.attach(link)
    this.#resolvers.board.attach(link)
    this.#stapler.attach(link)
  }

  detach(link: WorkerLink): void {
    this.#ticketKeys.detach(link)
    this.#resolvers.board.detach(link)
    this.#stapler.detach(link)
  }

  /** A worker answers authorities with challenges of this version. */
  taken(link: WorkerLink, version: number): void {
    this.#resolvers.board.taken(link, version)
  }

  /** The user wants what has failed to be tried again. */
  retry(): void {
    this.#resolvers.retry()
  }

  async stop(): Promise<void> {
    this.#ticketKeys.stop()
    this.#stapler.stop()
    await this.#resolvers.stop()
  }
}
