import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { SnapshotMirror, type SnapshotPart, type WorkerSnapshot } from '../thread/snapshot-parts.ts'

/**
 * How long a worker prepares a new configuration before it looks after its requests again: 10,000 routers take about
 * 50 ms in all, which no request should have to wait for.
 */
const SLICE_MS = 0.25

/** A step may be something to wait for, which never fails. */
export type Steps = Generator<Promise<void> | undefined | void, void>

/** Makes a snapshot live, step by step; `revision` is what the control plane calls it. */
export type Apply = (snapshot: WorkerSnapshot) => Steps

/** Takes configurations one after the other, in slices between which requests are served. */
export class Applier {
  readonly #apply: Apply
  readonly #mirror = new SnapshotMirror()
  readonly #waiting: Steps[] = []
  #idle = Promise.withResolvers<void>()

  constructor(apply: Apply) {
    this.#apply = apply
  }

  add(revision: number, parts: MessagePort): void {
    this.#waiting.push(this.#steps(revision, parts))
    if (this.#waiting.length > 1) return
    this.#idle = Promise.withResolvers<void>()
    this.#work()
  }

  /** Resolves when all that came so far is live. */
  get idle(): Promise<void> {
    return this.#waiting.length === 0 ? Promise.resolve() : this.#idle.promise
  }

  *#steps(revision: number, parts: MessagePort): Steps {
    for (;;) {
      const received: { message: SnapshotPart } | undefined = receiveMessageOnPort(parts)
      if (received === undefined) break
      this.#mirror.take(received.message)
      yield
    }
    parts.close()
    yield* this.#apply(this.#mirror.snapshot(revision))
  }

  readonly #work = (): void => {
    const until = performance.now() + SLICE_MS
    while (performance.now() < until) {
      const steps = this.#waiting[0]
      if (steps === undefined) {
        this.#idle.resolve()
        return
      }
      const { done, value } = steps.next()
      if (done) this.#waiting.shift()
      else if (value !== undefined) {
        void value.then(this.#work)
        return
      }
    }
    setImmediate(this.#work)
  }
}
