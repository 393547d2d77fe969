import { GatewayError } from '../../errors.ts'
import type { BodySink, RequestBody } from '../../http/request.ts'
import { SpillFile } from './spill-file.ts'

/** Content that is held back until it is complete: up to a bound in memory, the rest in a file. */
export class HeldContent {
  /** Octets so far. */
  size = 0
  /** What is in memory. */
  readonly chunks: Buffer[] = []
  file: SpillFile | undefined
  readonly #mostInMemory: number
  readonly #onDrain: () => void
  /** Someone waits for `onDrain`. */
  #isFull = false

  constructor(mostInMemory: number, onDrain: () => void) {
    this.#mostInMemory = mostInMemory
    this.#onDrain = () => {
      if (!this.#isFull) return
      this.#isFull = false
      onDrain()
    }
  }

  /** Returns false where more should wait for `onDrain`. */
  write(chunk: Buffer): boolean {
    this.size += chunk.length
    if (this.file === undefined && this.size <= this.#mostInMemory) {
      this.chunks.push(Buffer.from(chunk))
      return true
    }
    this.file ??= new SpillFile(this.#onDrain)
    this.#isFull = !this.file.write(chunk)
    return !this.#isFull
  }

  /** Calls back when it can be read. */
  end(done: (error: Error | undefined) => void): void {
    // Its source is over, and may serve another exchange by now.
    this.#isFull = false
    if (this.file === undefined) done(undefined)
    else this.file.finish(done)
  }

  /** The content, to be read once, at the pace of the one who reads. */
  open(): RequestBody {
    return new HeldReader(this)
  }

  /** Nobody reads it any more. */
  close(): void {
    this.#isFull = false
    this.file?.close()
  }
}

const READ_OCTETS = 64 * 1024

class HeldReader implements RequestBody {
  readonly length: number
  started = false
  readonly #content: HeldContent
  #sink: BodySink | undefined
  #isPaused = false
  #isFlowing = false
  /** The next one of those in memory. */
  #next = 0
  /** Where the file is read next. */
  #position = 0
  #isReading = false
  #buffer: Buffer | undefined
  /** Read while the reader was to wait. */
  #late: Buffer | undefined

  constructor(content: HeldContent) {
    this.length = content.size
    this.#content = content
  }

  start(sink: BodySink): void {
    if (this.started) throw new GatewayError('GTW_INTERNAL', 'content can be read once')
    this.started = true
    this.#sink = sink
    this.#flow()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#flow()
  }

  #flow(): void {
    // Whoever takes a chunk may pause and resume in the same call.
    if (this.#isFlowing || this.#sink === undefined) return
    this.#isFlowing = true
    while (!this.#isPaused && this.#giveOne());
    this.#isFlowing = false
  }

  /** Returns whether there may be more at once. */
  #giveOne(): boolean {
    const { chunks, file } = this.#content
    const chunk = this.#late ?? chunks[this.#next]
    if (chunk !== undefined) {
      if (this.#late === undefined) this.#next++
      this.#late = undefined
      this.#sink?.onBodyData(chunk)
      return true
    }
    if (file !== undefined && this.#position < file.size) this.#read(file)
    else this.#end()
    return false
  }

  #read(file: SpillFile): void {
    if (this.#isReading) return
    this.#isReading = true
    const buffer = this.#buffer ?? Buffer.allocUnsafe(READ_OCTETS)
    this.#buffer = buffer
    file.read(buffer, this.#position, (error, octets) => {
      this.#isReading = false
      if (error !== null || octets === 0) {
        this.#fail(new GatewayError('GTW_INTERNAL', `held content cannot be read: ${error?.message ?? 'it ends early'}`))
        return
      }
      this.#position += octets
      this.#late = buffer.subarray(0, octets)
      this.#flow()
    })
  }

  #end(): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.onBodyEnd(undefined)
  }

  #fail(error: GatewayError): void {
    const sink = this.#sink
    this.#sink = undefined
    sink?.onBodyError(error)
  }
}
