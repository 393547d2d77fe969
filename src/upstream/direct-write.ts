import { Socket } from 'node:net'
import { getSystemErrorName } from 'node:util'

/** What the library wants for each write. One whose write has to wait belongs to that write, and is never to be used again. */
export interface WriteRequest {
  oncomplete?: (status: number) => void
  /** `UNUSED` as long as no write had to wait. */
  getAsyncId(): number
}

const UNUSED = -1

/** Stands in a socket's stream for octets that the kernel has not taken; as long as the stream's limit, so that it asks for patience. */
const REST = Buffer.alloc(64 * 1024)

const LibraryRequest = findRequest()

/**
 * The writes that a socket makes past its stream, one at a time. The stream of the library keeps account of what the kernel
 * mostly takes at once (measured: 1.4 of 9.5 µs outside the kernel for each small request); so it only hears of the rest.
 */
export class DirectWrite {
  #request = newRequest()
  #isUnderWay = false
  #next: ((error: Error | null) => void) | undefined

  /** For the next write. Undefined where the library does not show what it makes writes with. */
  get request(): WriteRequest | undefined {
    return this.#request
  }

  /** Whether the next octets may go past the stream, too: nothing waits, and the stream takes writes. */
  isOpenFor(socket: Socket): boolean {
    return !this.#isUnderWay && socket.writableLength === 0 && socket.writable && socket.writableCorked === 0
  }

  /** Whether the kernel took all of the last write at once. */
  get isOver(): boolean {
    return this.#request?.getAsyncId() === UNUSED
  }

  /** A write has been made whose end the library will tell. */
  begin(): void {
    this.#isUnderWay = true
    if (this.#request !== undefined) this.#request.oncomplete = this.#onComplete
    this.#request = newRequest()
  }

  /** Puts what the kernel has not taken into the stream's account; false, as the stream is full. */
  awaitRest(socket: Socket): boolean {
    this.begin()
    return socket.write(REST)
  }

  /** For `_write`: whether this chunk only stands for what is under way. */
  isRest(chunk: unknown): boolean {
    return chunk === REST
  }

  /** Calls back when nothing is under way any more, which may be now. */
  after(next: (error: Error | null) => void): void {
    if (this.#isUnderWay) this.#next = next
    else next(null)
  }

  readonly #onComplete = (status: number): void => {
    this.#isUnderWay = false
    const next = this.#next
    this.#next = undefined
    next?.(status < 0 ? writeError(status) : null)
  }
}

function newRequest(): WriteRequest | undefined {
  return LibraryRequest === undefined ? undefined : new LibraryRequest()
}

function writeError(status: number): Error {
  const code = getSystemErrorName(status)
  return Object.assign(new Error(`write ${code}`), { code, errno: status, syscall: 'write' })
}

/** A socket that can write past its stream. */
interface DirectSocket extends Socket {
  writeText?(text: string): boolean
}

/** Writes text, an octet for each character, in the shortest way that the socket has; false asks to wait for `drain`. */
export function writeText(socket: DirectSocket, text: string): boolean {
  return socket.writeText === undefined ? socket.write(text, 'latin1') : socket.writeText(text)
}

/** The library keeps the class to itself; a socket on a handle of ours shows one of them. */
function findRequest(): (new () => WriteRequest) | undefined {
  let seen: Partial<WriteRequest> | undefined
  const handle = {
    writeLatin1String(request: WriteRequest): number {
      seen = request
      return 0
    },
  }
  const options: object = { handle, readable: false, writable: true }
  try {
    new Socket(options).on('error', () => {}).write('-', 'latin1')
  } catch {
    // A library that is made otherwise: everything goes through the streams.
  }
  return seen?.getAsyncId?.() === UNUSED ? (seen.constructor as new () => WriteRequest) : undefined
}
