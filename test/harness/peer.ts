import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { End } from './messages.ts'

const WITHIN_MS = 5_000

/** How much of what happened an error tells. */
const SHOWN = 4
const SHOWN_OCTETS = 1_000

/** One end of a raw connection: everything that it received is kept, and nothing is sent that a test did not ask for. */
export class Peer implements AsyncDisposable {
  readonly socket: Socket
  /** How the other side ended the connection; a reset that follows a FIN stays a FIN. */
  end: End = 'open'
  closed = false
  #chunks: Buffer[] = []
  readonly #listeners = new Set<() => void>()

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk: Buffer) => {
      this.#chunks.push(chunk)
      this.#changed()
    })
    socket.on('end', () => this.#ended('fin'))
    socket.on('error', (error: NodeJS.ErrnoException) => {
      // A write to a connection that the other side has closed or reset.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') this.#ended('reset')
    })
    socket.on('close', () => {
      this.closed = true
      this.#changed()
    })
  }

  get received(): Buffer {
    if (this.#chunks.length > 1) this.#chunks = [Buffer.concat(this.#chunks)]
    return this.#chunks[0] ?? Buffer.alloc(0)
  }

  get text(): string {
    return this.received.toString('latin1')
  }

  send(octets: string | Uint8Array): void {
    this.socket.write(typeof octets === 'string' ? Buffer.from(octets, 'latin1') : octets)
  }

  /** Sends FIN behind what was sent. */
  finish(): void {
    this.socket.end()
  }

  /** Sends RST; what the kernel has taken before is still delivered by a loopback connection. */
  reset(): void {
    this.socket.resetAndDestroy()
  }

  /** Calls back after every change. */
  watch(listener: () => void): void {
    this.#listeners.add(listener)
  }

  /** Waits until what was received, or how the connection ended, satisfies a condition. */
  async until(condition: (peer: Peer) => unknown, what = 'what was expected'): Promise<this> {
    await settled(
      () => condition(this),
      (listener) => this.#listeners.add(listener),
      () => `${what} did not come; received ${shown(this)}`,
    )
    return this
  }

  untilEnd(): Promise<this> {
    return this.until(() => this.end !== 'open' || this.closed, 'the end of the connection')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.destroy()
  }

  #ended(how: End): void {
    if (this.end === 'open') this.end = how
    this.#changed()
  }

  #changed(): void {
    for (const listener of this.#listeners) listener()
  }
}

/** Connects to a port of 127.0.0.1. */
export async function connectTo(port: number): Promise<Peer> {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, allowHalfOpen: true })
  const peer = new Peer(socket)
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  return peer
}

export interface RawOrigin extends AsyncDisposable {
  readonly url: string
  /** Every connection that was accepted, in order. */
  readonly peers: readonly Peer[]
  /** Waits until the connections satisfy a condition. */
  until(condition: (peers: readonly Peer[]) => unknown, what?: string): Promise<void>
}

/** Listens on a free port of 127.0.0.1; `onChange` is called for every connection when it opens, receives or ends. */
export async function startRawOrigin(onChange: (peer: Peer, index: number) => void = () => {}): Promise<RawOrigin> {
  const peers: Peer[] = []
  const listeners = new Set<() => void>()
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
    const peer = new Peer(socket)
    const index = peers.push(peer) - 1
    const changed = (): void => {
      onChange(peer, index)
      for (const listener of listeners) listener()
    }
    peer.watch(changed)
    changed()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    peers,
    until: (condition, what = 'what was expected of the origin') =>
      settled(
        () => condition(peers),
        (listener) => listeners.add(listener),
        () => `${what} did not come; ${peers.length} connections, the last ones: ${peers.slice(-SHOWN).map(shown).join(', ')}`,
      ),
    async [Symbol.asyncDispose]() {
      for (const { socket } of peers) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const shown = ({ text, end }: Peer): string => `${JSON.stringify(text.slice(0, SHOWN_OCTETS))} ${end}`

async function settled(isDone: () => unknown, listen: (listener: () => void) => void, describe: () => string): Promise<void> {
  if (isDone()) return
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const late = setTimeout(() => reject(new Error(describe())), WITHIN_MS)
  listen(() => {
    try {
      if (isDone()) resolve()
    } catch (error) {
      reject(error)
    }
  })
  try {
    await promise
  } finally {
    clearTimeout(late)
  }
}
