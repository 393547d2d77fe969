import type { Snapshot } from '../config/snapshot.ts'
import type { Finding } from '../findings/finding.ts'
import type { Log } from '../log.ts'
import type { WireError } from '../thread/messages.ts'
import type { Timers } from './timers.ts'
import type { Answer, WorkerLink } from './worker-thread.ts'

/** What became of a snapshot that was given to the publisher. */
export type Outcome =
  /** It behaves as the current one does: nothing was sent. */
  | { readonly type: 'unchanged' }
  /** A newer one came before its turn. */
  | { readonly type: 'superseded' }
  | Published

export interface Published {
  readonly type: 'published'
  readonly snapshot: Snapshot
  readonly applied: number
  readonly rejected: readonly WireError[]
  /** How many workers have not answered in time. */
  readonly silent: number
  /** What the workers found while they built it. */
  readonly findings: readonly Finding[]
}

export interface PublisherOptions {
  /** How many workers there are when all are up. */
  readonly workers: number
  readonly timers: Timers
  readonly log: Log
}

interface Waiting {
  readonly snapshot: Snapshot
  readonly settle: (outcome: Outcome) => void
}

/** One publication under way: who still owes an answer, and what the others said. */
interface Round {
  readonly owing: Set<number>
  readonly answers: Answer[]
  readonly finish: () => void
}

const ANSWER_MS = 10_000

/**
 * Sends snapshots to the workers, one at a time and only what differs from the current one; of those that come meanwhile the
 * newest wins. A worker that rejects a snapshot keeps its old tree; one that starts gets the current snapshot.
 */
export class Publisher {
  readonly #options: PublisherOptions
  readonly #links = new Set<WorkerLink>()
  /** Workers whose answer counts: those that are there, and at the start those that are still to come. */
  readonly #expected: Set<number>
  #stopped = false
  #current: Snapshot | undefined
  #waiting: Waiting | undefined
  #round: Round | undefined

  constructor(options: PublisherOptions) {
    this.#options = options
    this.#expected = new Set(Array(options.workers).keys())
  }

  /** What was sent last; undefined before the first. */
  get current(): Snapshot | undefined {
    return this.#current
  }

  /** Publishes a snapshot when its turn comes; its revision is given here. */
  publish(snapshot: Snapshot): Promise<Outcome> {
    if (this.#stopped) return Promise.resolve({ type: 'superseded' })
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    this.#waiting?.settle({ type: 'superseded' })
    this.#waiting = { snapshot, settle: resolve }
    if (this.#round === undefined) this.#next()
    return promise
  }

  /** A worker is there: it gets the current snapshot. */
  attach(link: WorkerLink): void {
    this.#links.add(link)
    this.#expected.add(link.index)
    if (this.#current === undefined) return
    this.#round?.owing.add(link.index)
    this.#send(link, this.#current)
  }

  /** A worker is gone: it owes nothing any more. */
  detach(link: WorkerLink): void {
    this.#links.delete(link)
    this.#expected.delete(link.index)
    this.#settled(link)
  }

  /** Waits for no answer any more and sends nothing more. */
  stop(): void {
    this.#stopped = true
    this.#waiting?.settle({ type: 'superseded' })
    this.#waiting = undefined
    this.#round?.owing.clear()
    this.#round?.finish()
  }

  receive(link: WorkerLink, answer: Answer): void {
    const { log } = this.#options
    const { revision } = answer
    if (answer.type === 'rejected') {
      const { code, detail } = answer.error
      log.error(`worker ${link.index} rejected configuration ${revision} and keeps its last one`, { code, reason: detail })
    }
    if (revision !== this.#current?.revision || !this.#round?.owing.has(link.index)) return
    this.#round.answers.push(answer)
    this.#settled(link)
  }

  #next(): void {
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) return
    if (waiting.snapshot.fingerprint === this.#current?.fingerprint) {
      waiting.settle({ type: 'unchanged' })
      return
    }
    const snapshot = { ...waiting.snapshot, revision: (this.#current?.revision ?? 0) + 1 }
    this.#current = snapshot
    void this.#runRound(snapshot).then((published) => {
      this.#round = undefined
      waiting.settle(published)
      this.#next()
    })
  }

  async #runRound(snapshot: Snapshot): Promise<Published> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const round: Round = { owing: new Set(this.#expected), answers: [], finish: resolve }
    this.#round = round
    const cancel = this.#options.timers.after(ANSWER_MS, resolve)
    for (const link of this.#links) this.#send(link, snapshot)
    if (round.owing.size === 0) resolve()
    await promise
    cancel()
    for (const index of round.owing) {
      this.#options.log.warn(`worker ${index} has not answered configuration ${snapshot.revision} yet`)
    }
    return toPublished(snapshot, round)
  }

  #send(link: WorkerLink, snapshot: Snapshot): void {
    try {
      link.send({ type: 'apply', snapshot })
    } catch (error) {
      // Something in it cannot be cloned: the worker keeps what it has.
      this.receive(link, { type: 'rejected', revision: snapshot.revision, error: { code: 'GTW_INTERNAL', detail: String(error) } })
    }
  }

  #settled(link: WorkerLink): void {
    const round = this.#round
    if (round?.owing.delete(link.index) && round.owing.size === 0) round.finish()
  }
}

function toPublished(snapshot: Snapshot, { owing, answers }: Round): Published {
  const applied = answers.filter((answer) => answer.type === 'applied')
  return {
    type: 'published',
    snapshot,
    applied: applied.length,
    rejected: answers.filter((answer) => answer.type === 'rejected').map(({ error }) => error),
    silent: owing.size,
    findings: applied[0]?.findings ?? [],
  }
}
