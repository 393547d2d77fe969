import type { CertificatePair, HttpChallenge } from '../../tls/settings.ts'
import type { Timers } from '../timers.ts'
import type { WorkerLink } from '../worker-thread.ts'

/** A worker that does not answer in this time is not waited for: others answer the authority, and it asks more than once. */
const ANSWER_MS = 10_000

/** Something that an authority is about to ask for; taking it back is the last thing that happens to it. */
export interface Presented {
  /** Resolves when every worker would answer. */
  readonly ready: Promise<void>
  withdraw(): void
}

/** The challenges that are open, in all workers: also in one that starts while they are. */
export class ChallengeBoard {
  readonly #timers: Timers
  readonly #http = new Set<HttpChallenge>()
  readonly #tls = new Set<CertificatePair>()
  readonly #links = new Set<WorkerLink>()
  readonly #waiting = new Set<Waiting>()
  #version = 0

  constructor(timers: Timers) {
    this.#timers = timers
  }

  attach(link: WorkerLink): void {
    this.#links.add(link)
    if (this.#version > 0) this.#send(link)
  }

  detach(link: WorkerLink): void {
    this.#links.delete(link)
    for (const one of this.#waiting) one.settled(link)
  }

  /** A worker has taken a version. */
  taken(link: WorkerLink, version: number): void {
    for (const one of this.#waiting) if (version >= one.version) one.settled(link)
  }

  presentHttp(challenge: HttpChallenge): Presented {
    return this.#present(this.#http, challenge)
  }

  presentTls(pair: CertificatePair): Presented {
    return this.#present(this.#tls, pair)
  }

  #present<T>(board: Set<T>, item: T): Presented {
    board.add(item)
    return {
      ready: this.#publish(),
      withdraw: () => {
        if (board.delete(item)) void this.#publish()
      },
    }
  }

  async #publish(): Promise<void> {
    this.#version += 1
    const waiting = new Waiting(this.#version, this.#links)
    this.#waiting.add(waiting)
    const cancel = this.#timers.after(ANSWER_MS, () => waiting.finish())
    for (const link of this.#links) this.#send(link)
    await waiting.done
    cancel()
    this.#waiting.delete(waiting)
  }

  #send(link: WorkerLink): void {
    link.send({ type: 'challenges', version: this.#version, challenges: { http: [...this.#http], tls: [...this.#tls] } })
  }
}

/** The workers that have not answered yet. */
class Waiting {
  readonly version: number
  readonly done: Promise<void>
  readonly finish: () => void
  readonly #owing: Set<WorkerLink>

  constructor(version: number, links: Iterable<WorkerLink>) {
    const { promise, resolve } = Promise.withResolvers<void>()
    this.version = version
    this.done = promise
    this.finish = resolve
    this.#owing = new Set(links)
    if (this.#owing.size === 0) resolve()
  }

  settled(link: WorkerLink): void {
    if (this.#owing.delete(link) && this.#owing.size === 0) this.finish()
  }
}
