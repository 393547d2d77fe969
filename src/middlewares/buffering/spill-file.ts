import { randomUUID } from 'node:crypto'
import { close, open, read, unlink, write } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** What waits to be written is bounded: then its source is not read any further. */
const MOST_WAITING = 256 * 1024

/** A temporary file without a name: it is gone with the process, whatever ends that. */
export class SpillFile {
  /** Octets given to it. */
  size = 0
  readonly #onDrain: () => void
  #fd = -1
  #error: Error | undefined
  readonly #waiting: Buffer[] = []
  #waitingOctets = 0
  #written = 0
  /** Calls to the system that have not come back. */
  #pending = 0
  #onFinished: ((error: Error | undefined) => void) | undefined
  #isClosed = false

  constructor(onDrain: () => void) {
    this.#onDrain = onDrain
    const path = join(tmpdir(), `gateway-${randomUUID()}`)
    this.#pending++
    open(path, 'wx+', 0o600, (error, fd) => {
      if (error === null) this.#fd = fd
      this.#settle(error)
      if (error === null) unlink(path, () => {})
    })
  }

  /** Appends a copy; returns false where more should wait for `onDrain`. */
  write(chunk: Buffer): boolean {
    this.#waiting.push(Buffer.from(chunk))
    this.#waitingOctets += chunk.length
    this.size += chunk.length
    this.#pump()
    return this.#waitingOctets < MOST_WAITING
  }

  /** Calls back when all is written. */
  finish(done: (error: Error | undefined) => void): void {
    this.#onFinished = done
    this.#pump()
  }

  /** Does not call back once it is closed. */
  read(buffer: Buffer, position: number, done: (error: Error | null, octets: number) => void): void {
    if (this.#isClosed) return
    this.#pending++
    read(this.#fd, buffer, 0, buffer.length, position, (error, octets) => {
      this.#pending--
      if (this.#isClosed) this.#closeUnlessUsed()
      else done(error, octets)
    })
  }

  close(): void {
    this.#isClosed = true
    this.#onFinished = undefined
    this.#closeUnlessUsed()
  }

  #pump(): void {
    if (this.#pending > 0 || this.#isClosed) return
    const chunk = this.#waiting.shift()
    if (chunk === undefined || this.#error !== undefined) {
      const done = this.#onFinished
      this.#onFinished = undefined
      done?.(this.#error)
      return
    }
    this.#pending++
    write(this.#fd, chunk, 0, chunk.length, this.#written, (error, octets) => {
      this.#written += octets
      // A file system that is nearly full takes a part.
      if (error === null && octets < chunk.length) this.#waiting.unshift(chunk.subarray(octets))
      this.#waitingOctets -= error === null ? octets : chunk.length
      this.#settle(error)
    })
  }

  #settle(error: Error | null): void {
    this.#pending--
    this.#error ??= error ?? undefined
    if (this.#isClosed) this.#closeUnlessUsed()
    else {
      this.#pump()
      if (this.#waitingOctets < MOST_WAITING) this.#onDrain()
    }
  }

  #closeUnlessUsed(): void {
    if (this.#pending > 0 || this.#fd === -1) return
    close(this.#fd, () => {})
    this.#fd = -1
  }
}
