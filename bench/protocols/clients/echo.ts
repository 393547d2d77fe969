import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { HANDSHAKE } from '../../websocket-handshake.ts'
import { FRAME } from '../frame.ts'
import type { ClientSummary } from '../programs.ts'

// WebSockets that send a message, wait for its echo, and send the next one: echo.ts PORT CONNECTIONS SECONDS.

const [port, connections, seconds] = process.argv.slice(2).map(Number) as [number, number, number]

const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)
const errors = { 'wrong echoes': 0, 'connections closed': 0 }
let count = 0

/** One WebSocket; all that comes is read into one buffer, which is looked at before the next read. */
class Client {
  readonly #socket: Socket
  readonly #opened = Promise.withResolvers<void>()
  #head = ''
  #isOpen = false
  /** Octets of the echo that have come. */
  #at = 0

  constructor() {
    const callback = (size: number): boolean => {
      if (this.#isOpen) this.#onEcho(size)
      else this.#onHead(readBuffer.toString('latin1', 0, size))
      return true
    }
    this.#socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: readBuffer, callback } })
    this.#socket
      .on('error', () => {})
      .on('close', () => {
        errors['connections closed']++
        this.#opened.reject(new Error('closed before it was open'))
      })
  }

  async open(): Promise<void> {
    await once(this.#socket, 'connect')
    this.#socket.write(HANDSHAKE)
    await this.#opened.promise
  }

  send(): void {
    this.#at = 0
    this.#socket.write(FRAME)
  }

  #onHead(text: string): void {
    this.#head += text
    if (!this.#head.endsWith('\r\n\r\n')) return
    this.#isOpen = this.#head.startsWith('HTTP/1.1 101')
    if (this.#isOpen) this.#opened.resolve()
    else this.#opened.reject(new Error(this.#head))
  }

  #onEcho(size: number): void {
    const end = this.#at + size
    if (end > FRAME.length || readBuffer.compare(FRAME, this.#at, end, 0, size) !== 0) errors['wrong echoes']++
    this.#at = end
    if (end < FRAME.length) return
    count++
    this.send()
  }
}

const clients = Array.from({ length: connections }, () => new Client())
await Promise.all(clients.map((client) => client.open()))
const startedAt = performance.now()
for (const client of clients) client.send()
setTimeout(() => {
  const summary: ClientSummary = { count, ms: performance.now() - startedAt, errors }
  console.log(JSON.stringify(summary))
  process.exit()
}, seconds * 1000)
