import type { IDuplexStream, IWatchRequest, IWatchResponse } from 'etcd3'
import type { Change } from './mirror.ts'

/** Keys from the first one up to the second one, which does not belong to them. */
export interface Range {
  readonly key: Buffer
  readonly range_end: Buffer
}

export interface WatchOptions {
  readonly range: Range
  /** The first revision that matters. */
  readonly from: bigint
  /** Hears all changes of one revision at once. */
  readonly hear: (changes: readonly Change[]) => void
}

const CONFIRM_WITHIN_MS = 5_000

/** Everything that begins with the root and a slash. */
export function rangeBelow(rootKey: string): Range {
  const root = rootKey.replace(/\/+$/, '')
  // The zero follows the slash in ASCII.
  return { key: Buffer.from(`${root}/`), range_end: Buffer.from(`${root}0`) }
}

/** One watch on one stream. Whatever ends it is a failure: it never reconnects by itself. */
export class KeyWatch implements Disposable {
  /** Resolves when etcd has confirmed the watch. */
  readonly confirmed: Promise<void>
  /** Rejects when the watch is over. */
  readonly failed: Promise<never>
  readonly #stream: IDuplexStream<IWatchRequest, IWatchResponse>
  readonly #hear: WatchOptions['hear']
  readonly #confirm: () => void
  readonly #fail: (error: Error) => void

  constructor(stream: IDuplexStream<IWatchRequest, IWatchResponse>, { range, from, hear }: WatchOptions) {
    const confirmed = Promise.withResolvers<void>()
    const failed = Promise.withResolvers<never>()
    this.#stream = stream
    this.#hear = hear
    this.#confirm = confirmed.resolve
    this.#fail = failed.reject
    this.failed = failed.promise
    // Nobody may be waiting any more when it ends.
    this.failed.catch(() => {})
    const late = setTimeout(() => this.#fail(new Error('etcd did not confirm the watch in time')), CONFIRM_WITHIN_MS)
    this.confirmed = Promise.race([confirmed.promise, this.failed]).finally(() => clearTimeout(late))
    stream.on('data', (response) => this.#receive(response))
    stream.on('error', (error) => this.#fail(error))
    stream.on('end', () => this.#fail(new Error('etcd has ended the watch')))
    stream.write({ create_request: { ...range, start_revision: String(from) } })
  }

  [Symbol.dispose](): void {
    this.#stream.cancel()
  }

  #receive({ canceled, cancel_reason, compact_revision, created, events }: IWatchResponse): void {
    if (canceled || compact_revision !== '0') this.#fail(new Error(reasonOf(cancel_reason, compact_revision)))
    else if (created) this.#confirm()
    else if (events.length > 0) this.#hear(events)
  }
}

function reasonOf(reason: string, compacted: string): string {
  if (compacted !== '0') return `etcd has compacted its history up to revision ${compacted}: the keys have to be read anew`
  return `etcd has ended the watch: ${reason === '' ? 'it gave no reason' : reason}`
}
