import { resolve } from 'node:path'
import type { AcmeOptions } from '../../config/certificates-resolvers.ts'
import type { Snapshot } from '../../config/snapshot.ts'
import type { StaticConfiguration } from '../../config/static.ts'
import type { Finding } from '../../findings/finding.ts'
import type { Log } from '../../log.ts'
import type { ProviderMessage } from '../../provider/definition.ts'
import { Alarm } from '../alarm.ts'
import { ExpiryJudge } from '../certificates/expiry-judge.ts'
import { pause, type Timers } from '../timers.ts'
import { WriterLock } from '../writer-lock.ts'
import { ChallengeBoard } from './challenges.ts'
import { Ledgers } from './ledgers.ts'
import { overdueFinding } from './overdue.ts'
import { longestLifeOf } from './renewal.ts'
import { CertificateResolver } from './resolver.ts'
import { Storage } from './storage.ts'
import { wishesFor } from './wanted.ts'

/** How long what is under way may take to end. */
const STOP_MS = 5_000

export interface ResolversOptions {
  readonly configuration: StaticConfiguration
  readonly timers: Timers
  readonly wallTime?: () => number
  readonly log: Log
  /** Hears all certificates that there are, as a provider says them. */
  readonly hear: (message: ProviderMessage) => void
}

/** A file and those who share it. */
interface Place {
  readonly storage: Storage
  readonly ledgers: Ledgers
  readonly names: readonly string[]
}

/** All resolvers of certificates, and what they share: the files, and the challenges that are open. */
export class CertificateResolvers {
  readonly board: ChallengeBoard
  readonly #options: ResolversOptions
  readonly #places: readonly Place[]
  readonly #resolvers: CertificateResolver[] = []
  readonly #locks: WriterLock[] = []
  readonly #end = new AbortController()
  /** Rings when time alone changes what there is to say. */
  readonly #alarm: Alarm
  #snapshot: Snapshot | undefined
  #opening: Promise<unknown> = Promise.resolve()

  constructor(options: ResolversOptions) {
    this.#options = options
    this.board = new ChallengeBoard(options.timers)
    const { log, timers, wallTime = Date.now } = options
    this.#alarm = new Alarm({ timers, wallTime, ring: () => this.#tell() })
    const paths = Map.groupBy(acmeResolvers(options.configuration), ([, { storage }]) => resolve(storage))
    this.#places = [...paths].map(([path, resolvers]) => ({
      storage: new Storage(path, log),
      ledgers: new Ledgers(path),
      names: resolvers.map(([name]) => name),
    }))
  }

  /** Reads what is stored, so that it can be served; a file that cannot be used is told and left alone. */
  async load(): Promise<void> {
    if (this.#places.length === 0) return
    const usable = await Promise.all(this.#places.map((place) => this.#load(place)))
    this.#tell()
    // Others may write a file for a long time: nobody waits for that.
    this.#opening = Promise.all(this.#places.filter((_, index) => usable[index]).map((place) => this.#open(place)))
  }

  /** A configuration is live: its routers say which certificates are wanted. */
  update(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    for (const resolver of this.#resolvers) this.#wish(resolver)
  }

  /** What failed is tried again. */
  retry(): void {
    for (const resolver of this.#resolvers) resolver.retry()
  }

  async stop(): Promise<void> {
    this.#end.abort()
    this.#alarm.stop()
    await this.#opening
    const over = new AbortController()
    const ended = Promise.all(this.#resolvers.map((resolver) => resolver.stop()))
    // A hook that hangs is left behind.
    await Promise.race([ended, pause(this.#options.timers, STOP_MS, over.signal)])
    over.abort()
    await Promise.all(this.#locks.map((lock) => lock.release()))
  }

  async #load({ storage, ledgers, names }: Place): Promise<boolean> {
    try {
      await storage.load()
      await ledgers.load()
      return true
    } catch (error) {
      this.#options.log.error(`${(error as Error).message}: its resolvers are not used`, { resolvers: names.join(', ') })
      return false
    }
  }

  async #open({ storage, ledgers, names }: Place): Promise<void> {
    const { configuration, timers, log, wallTime = Date.now } = this.#options
    const { signal } = this.#end
    const onWait = (holder: string): void =>
      log.warn('another gateway writes the storage of certificates: waiting', { file: storage.path, holder })
    try {
      const lock = await WriterLock.take(storage.path, { timers, signal, onWait })
      if (lock === undefined) return
      this.#locks.push(lock)
    } catch (error) {
      log.error('the storage of certificates cannot be written: its resolvers are not used', { file: storage.path, error })
      return
    }
    for (const [name, options] of acmeResolvers(configuration)) {
      if (!names.includes(name)) continue
      const onChange = (): void => this.#tell()
      const resolver = new CertificateResolver({ name, options, storage, ledgers, board: this.board, timers, wallTime, log, onChange })
      this.#resolvers.push(resolver)
      this.#wish(resolver)
    }
  }

  #wish(resolver: CertificateResolver): void {
    const snapshot = this.#snapshot
    if (snapshot === undefined) return
    const ours = new Set(this.#certificates().map(({ certificate }) => certificate))
    const others = (snapshot.tls?.certificates ?? []).filter(({ cert }) => !ours.has(cert)).flatMap(({ names }) => names)
    resolver.want(wishesFor(resolver.name, snapshot, resolver.abilities), others)
  }

  #certificates() {
    return this.#places.flatMap(({ storage, names }) => names.flatMap((name) => storage.of(name).certificates))
  }

  #tell(): void {
    const certificates = this.#certificates().map(({ certificate, key }) => ({ certFile: certificate, keyFile: key }))
    const judge = new ExpiryJudge((this.#options.wallTime ?? Date.now)())
    const findings = this.#places.flatMap((place) => this.#overdueIn(place, judge))
    this.#options.hear({ configuration: { tls: { certificates } }, findings })
    this.#alarm.set(judge.changesAt)
  }

  #overdueIn({ storage, names }: Place, judge: ExpiryJudge): Finding[] {
    return acmeResolvers(this.#options.configuration).flatMap(([resolver, options]) => {
      if (!names.includes(resolver)) return []
      const place = { resolver, storage: storage.path, longestLifeMs: longestLifeOf(options) }
      return storage.of(resolver).certificates.flatMap((one) => overdueFinding(one, place, judge) ?? [])
    })
  }
}

/** The resolvers that speak ACME. */
export function acmeResolvers({ certificatesResolvers }: StaticConfiguration): readonly (readonly [name: string, options: AcmeOptions])[] {
  return Object.entries(certificatesResolvers).flatMap(([name, { acme }]) => (acme === undefined ? [] : [[name, acme] as const]))
}
