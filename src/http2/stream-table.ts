import { LARGEST_WINDOW } from './protocol.ts'
import type { Stream } from './stream.ts'

/** Streams that frames may still come for, although they were reset from here. */
const MOST_FORSAKEN = 1_000

/** The streams of one connection: those that are open, and what is known of the others by their numbers (RFC 9113 §5.1.1). */
export class StreamTable {
  /** The last stream that the peer has opened, whatever was done about it. */
  lastOfPeer = 0
  readonly #isServer: boolean
  readonly #open = new Map<number, Stream>()
  readonly #forsaken = new Set<number>()
  #next = 1

  constructor(isServer: boolean) {
    this.#isServer = isServer
  }

  get size(): number {
    return this.#open.size
  }

  /** Whether a client can number another stream. */
  get hasNext(): boolean {
    return this.#next <= LARGEST_WINDOW
  }

  /** The number of the next stream that a client opens. */
  next(): number {
    const id = this.#next
    this.#next += 2
    return id
  }

  get(id: number): Stream | undefined {
    return this.#open.get(id)
  }

  /** All that are open now; they may end while the caller looks at them. */
  all(): Stream[] {
    return [...this.#open.values()]
  }

  add(stream: Stream): void {
    this.#open.set(stream.id, stream)
  }

  remove(stream: Stream): void {
    this.#open.delete(stream.id)
    if (stream.isForsaken) this.forsake(stream.id)
  }

  /** Frames of this stream are no fault: they came too late to be stopped. */
  forsake(id: number): void {
    this.#forsaken.add(id)
    if (this.#forsaken.size <= MOST_FORSAKEN) return
    const [oldest = id] = this.#forsaken
    this.#forsaken.delete(oldest)
  }

  /** Whether a frame for a stream that is not open makes sense. Servers are forgiven more: what they send was asked for. */
  isForgiven(id: number): boolean {
    return !this.#isServer || this.#forsaken.has(id)
  }

  /** Nobody has opened it yet. */
  isIdle(id: number): boolean {
    if (id === 0) return true
    // Even numbers are those of servers, which open none.
    if (id % 2 === 0) return true
    return this.#isServer ? id > this.lastOfPeer : id >= this.#next
  }
}
