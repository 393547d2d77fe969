import type { AcmeOptions } from '../../config/certificates-resolvers.ts'
import type { Log } from '../../log.ts'
import type { Timers } from '../timers.ts'
import { AcmeError } from './acme-error.ts'
import type { ChallengeBoard } from './challenges.ts'
import { issue } from './issue.ts'
import { forgetHolds, holdOf, keyOf, limitsFor, noteFailure, noteOrder, noteSuccess, type Wanted } from './ledger.ts'
import type { Ledgers } from './ledgers.ts'
import { type Abilities, covers } from './names.ts'
import { longestLifeOf, renewalOf } from './renewal.ts'
import { isLostAccount, loadLibrary, openSession, type Session } from './session.ts'
import { type Solver, solversFor } from './solver.ts'
import type { Storage } from './storage.ts'
import type { StoredCertificate } from './stored.ts'
import { AcmeTransport } from './transport.ts'
import type { Wishes } from './wanted.ts'

const AT_ONCE = 5
/** The clock of the machine may jump: what is due is looked up at least so often. */
const LONGEST_SLEEP_MS = 60 * 60 * 1000

/** What a resolver works with. */
export interface ResolverParts {
  readonly name: string
  readonly options: AcmeOptions
  readonly storage: Storage
  readonly ledgers: Ledgers
  readonly board: ChallengeBoard
  readonly timers: Timers
  /** Wall time: certificates are valid by it. */
  readonly wallTime: () => number
  readonly log: Log
  /** What is stored has changed. */
  readonly onChange: () => void
}

/** A certificate to be had: a new one, or one in place of another. */
interface Job {
  readonly key: string
  readonly names: readonly string[]
  readonly dueAt: number
  readonly old?: StoredCertificate
}

/**
 * Obtains and renews the certificates of one resolver. One order for each set of names at a time, a few sets at once; what
 * failed waits longer each time, and every order is on record before it is placed, so that no crash loop can use up what the
 * authority allows.
 */
export class CertificateResolver {
  readonly abilities: Abilities
  readonly #parts: ResolverParts
  readonly #solvers: readonly Solver[]
  readonly #underWay = new Set<string>()
  readonly #end = new AbortController()
  readonly #tasks = new Set<Promise<void>>()
  #wanted: readonly Wanted[] = []
  #others: readonly string[] = []
  #session: Promise<Session> | undefined
  #cancel: () => void = () => {}

  constructor(parts: ResolverParts) {
    const { options, board } = parts
    this.#parts = parts
    this.#solvers = solversFor(options, board, async () => (await loadLibrary()).crypto)
    this.abilities = { wildcards: options.dnsChallenge !== undefined }
  }

  get name(): string {
    return this.#parts.name
  }

  /** What routers want now; `others` are the names of certificates that somebody else gives. */
  want({ wanted, refused }: Wishes, others: readonly string[]): void {
    const { ledgers, log, name } = this.#parts
    const isSame = JSON.stringify([wanted, others]) === JSON.stringify([this.#wanted, this.#others])
    if (isSame) return
    this.#wanted = wanted
    this.#others = others
    for (const { router, reason } of refused) log.warn(`no certificate for a router: ${reason}`, { resolver: name, router })
    void ledgers.update(name, (ledger) => ({ ...ledger, wanted })).catch((error: Error) => this.#report(error))
    this.#go()
  }

  /** What failed is tried again now. */
  retry(): void {
    const { ledgers, name } = this.#parts
    void ledgers.update(name, forgetHolds).then(
      () => this.#go(),
      (error: Error) => this.#report(error),
    )
  }

  /** Begins nothing more, and waits for what cannot be left half done. */
  async stop(): Promise<void> {
    this.#end.abort()
    this.#cancel()
    await Promise.all(this.#tasks)
  }

  /** Starts what is due and sleeps until the next moment. */
  #go(): void {
    this.#cancel()
    if (this.#end.signal.aborted) return
    const now = this.#parts.wallTime()
    let next = now + LONGEST_SLEEP_MS
    for (const job of this.#jobs()) {
      const startAt = Math.max(job.dueAt, this.#holdUntil(job.key, now))
      if (startAt > now) next = Math.min(next, startAt)
      else if (this.#underWay.size < AT_ONCE) this.#start(job)
    }
    this.#cancel = this.#parts.timers.after(Math.max(0, next - now), () => this.#go())
  }

  #jobs(): readonly Job[] {
    const { storage, name } = this.#parts
    const { certificates } = storage.of(name)
    const longestLifeMs = longestLifeOf(this.#parts.options)
    const renewals = certificates.map((old) => ({ key: keyOf(old.names), names: old.names, dueAt: renewalOf(old, longestLifeMs), old }))
    const covered = [...this.#others, ...certificates.flatMap(({ names }) => names)]
    const missing = this.#wanted.filter(({ names }) => !names.every((one) => covers(covered, one)))
    const all = [...renewals, ...missing.map(({ names }) => ({ key: keyOf(names), names, dueAt: 0 }))]
    return all.filter(({ key }) => !this.#underWay.has(key))
  }

  #holdUntil(key: string, now: number): number {
    const { ledgers, name, options } = this.#parts
    const limits = limitsFor(longestLifeOf(options))
    return holdOf(ledgers.of(name), key, limits, now)?.until ?? 0
  }

  #start(job: Job): void {
    this.#underWay.add(job.key)
    const task = this.#attempt(job).finally(() => {
      this.#underWay.delete(job.key)
      this.#tasks.delete(task)
      this.#go()
    })
    this.#tasks.add(task)
  }

  async #attempt(job: Job): Promise<void> {
    const { name, storage, ledgers, log, onChange, wallTime } = this.#parts
    const what = { resolver: name, names: job.names.join(', ') }
    try {
      await ledgers.update(name, (ledger) => noteOrder(ledger, job.key, wallTime()))
      const made = await this.#issue(job)
      await storage.update(name, (stored) => ({
        ...stored,
        certificates: [...stored.certificates.filter(({ names }) => keyOf(names) !== job.key), made],
      }))
      await ledgers.update(name, (ledger) => noteSuccess(ledger, job.key))
      log.info(job.old === undefined ? 'a certificate was obtained' : 'a certificate was renewed', what)
      onChange()
    } catch (error) {
      await this.#fail(job, error as Error)
    }
  }

  async #issue({ names, old }: Job): Promise<StoredCertificate> {
    const { options } = this.#parts
    const transport = new AcmeTransport(options, this.#end.signal)
    const order = { transport, options, solvers: this.#solvers, names, signal: this.#end.signal }
    const key = old === undefined ? {} : { key: old.key }
    const { client } = await this.#open()
    try {
      return await issue({ client, ...order, ...key })
    } catch (error) {
      if (!isLostAccount(error)) throw error
      await this.#forgetAccount()
      return issue({ client: (await this.#open()).client, ...order, ...key })
    }
  }

  /** All orders share one account, also the first ones. */
  #open(): Promise<Session> {
    this.#session ??= this.#openSession().catch((error: Error) => {
      this.#session = undefined
      throw error
    })
    return this.#session
  }

  async #openSession(): Promise<Session> {
    const { name, options, storage, log } = this.#parts
    const { account } = storage.of(name)
    const session = await openSession({ options, transport: new AcmeTransport(options, this.#end.signal), account })
    if (session.account !== account) {
      await storage.update(name, (stored) => ({ ...stored, account: session.account }))
      log.info('an account was registered', { resolver: name, account: session.account.uri })
    }
    return session
  }

  async #forgetAccount(): Promise<void> {
    const { name, storage, log } = this.#parts
    log.warn('the authority does not know the account any more: a new one is registered', { resolver: name })
    this.#session = undefined
    await storage.update(name, ({ certificates }) => ({ certificates }))
  }

  async #fail({ key, names }: Job, error: Error): Promise<void> {
    if (this.#end.signal.aborted) return
    const { name, ledgers, log, wallTime } = this.#parts
    const now = wallTime()
    const { retryAfterMs } = error instanceof AcmeError ? error : {}
    const failure = { reason: error.message, scope: scopeOf(error), retryAfterMs, now, random: Math.random() }
    const isLimited = error instanceof AcmeError && error.type === 'rateLimited'
    try {
      await ledgers.update(name, (ledger) => {
        const noted = noteFailure(ledger, key, failure)
        // A limit of these names may be one of all: the others go on carefully.
        return isLimited ? noteFailure(noted, key, { ...failure, scope: 'authority', retryAfterMs: undefined }) : noted
      })
    } catch (problem) {
      this.#report(problem as Error)
    }
    const hold = holdOf(ledgers.of(name), key, limitsFor(Number.MAX_SAFE_INTEGER), now)
    const until = hold === undefined ? {} : { nextAttempt: new Date(hold.until).toISOString() }
    log.error(`no certificate could be obtained: ${error.message}`, { resolver: name, names: names.join(', '), ...until })
  }

  #report(error: Error): void {
    this.#parts.log.error(error.message, { resolver: this.#parts.name })
  }
}

/** What is wrong with the names of one order is no reason to leave others alone; a limit may be one of those names alone. */
function scopeOf(error: Error): 'names' | 'authority' {
  if (!(error instanceof AcmeError)) return 'authority'
  if (error.code === 'GTW_ACME_CHALLENGE') return 'names'
  return error.code === 'GTW_ACME_REFUSED' && !isAboutAccount(error.type) ? 'names' : 'authority'
}

function isAboutAccount(type: string): boolean {
  return [
    'accountDoesNotExist',
    'externalAccountRequired',
    'userActionRequired',
    'unauthorized',
    'invalidContact',
    'unsupportedContact',
  ].includes(type)
}
