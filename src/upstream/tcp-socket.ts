import { Socket, type SocketConstructorOpts } from 'node:net'
import { DirectWrite, type WriteRequest } from './direct-write.ts'

type Done = (error?: Error | null) => void

/** The parts of a connection that are not public. */
interface Internals {
  readonly _handle: {
    /** 0, or a negative error. What the kernel does not take is kept, and the request completes later. */
    writeLatin1String(request: WriteRequest, text: string): number
  } | null
}

/** A TCP socket whose texts go to the kernel directly, while nothing waits. */
export class TcpSocket extends Socket {
  readonly #direct = new DirectWrite()

  constructor(options: SocketConstructorOpts) {
    super(options)
  }

  /** An octet for each character; false asks to wait for `drain`. */
  writeText(text: string): boolean {
    const { request } = this.#direct
    const { _handle: handle } = this as unknown as Internals
    if (request === undefined || handle === null || this.connecting || !this.#direct.isOpenFor(this)) return this.write(text, 'latin1')
    // An error comes again, and the stream knows what to do with it.
    if (handle.writeLatin1String(request, text) !== 0) return this.write(text, 'latin1')
    return this.#direct.isOver || this.#direct.awaitRest(this)
  }

  override _write(chunk: unknown, encoding: BufferEncoding, done: Done): void {
    if (this.#direct.isRest(chunk)) this.#direct.after(done)
    else super._write(chunk, encoding, done)
  }
}
