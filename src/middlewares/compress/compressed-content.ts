import type { Time } from '../definition.ts'
import type { Coding } from './accepted.ts'
import { type Compressor, createCompressor, FLUSH } from './compressor.ts'

/** What was written comes out after so long at most, however slowly more of it comes. */
const FLUSH_MS = 20

interface ContentEvents {
  onCompressed(chunk: Buffer): void
  /** There is room for more. */
  onDrain(): void
  onCompressedEnd(): void
  onCompressError(error: Error): void
}

export interface ContentOptions {
  readonly coding: Coding
  readonly time: Time
  /** Nothing of it may wait: it is a stream of events. */
  readonly isStream: boolean
}

/** The content of one response on its way through a compressor. */
export class CompressedContent {
  readonly #stream: Compressor
  readonly #options: ContentOptions
  #cancelFlush: (() => void) | undefined
  #isEnding = false

  constructor(options: ContentOptions, events: ContentEvents) {
    this.#options = options
    this.#stream = createCompressor(options.coding)
    this.#stream.on('data', (chunk: Buffer) => events.onCompressed(chunk))
    this.#stream.on('drain', () => events.onDrain())
    this.#stream.on('end', () => events.onCompressedEnd())
    this.#stream.on('error', (error) => events.onCompressError(error))
  }

  /** Takes a copy; returns false where more should wait. */
  write(chunk: Buffer): boolean {
    const hasRoom = this.#stream.write(Buffer.from(chunk))
    if (this.#options.isStream) this.#flush()
    else this.#cancelFlush ??= this.#options.time.after(FLUSH_MS, () => this.#flush())
    return hasRoom
  }

  end(): void {
    this.#isEnding = true
    this.#stopFlush()
    this.#stream.end()
  }

  /** The client takes no more for now. */
  pause(): void {
    this.#stream.pause()
  }

  resume(): void {
    this.#stream.resume()
  }

  destroy(): void {
    this.#isEnding = true
    this.#stopFlush()
    this.#stream.destroy()
  }

  #flush(): void {
    this.#stopFlush()
    if (!this.#isEnding) this.#stream.flush(FLUSH[this.#options.coding])
  }

  #stopFlush(): void {
    this.#cancelFlush?.()
    this.#cancelFlush = undefined
  }
}
