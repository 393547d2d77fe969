import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

// Clients that read one response at a steady, slow rate: slow-readers.ts PORT PATH COUNT OCTETS_PER_SECOND SECONDS.

const [port, path, count, rate, seconds] = process.argv.slice(2) as [string, string, string, string, string]

const TICK_MS = 100
const octetsPerTick = (Number(rate) * TICK_MS) / 1000

/** Reads only what each tick allows; what is left stays with the kernel, and so with the other side. */
class SlowReader {
  octets = 0
  readonly #socket: Socket

  constructor() {
    this.#socket = connect({ port: Number(port), host: '127.0.0.1' })
    this.#socket.on('close', () => {
      ended++
    })
  }

  async start(): Promise<void> {
    await once(this.#socket, 'connect')
    this.#socket.write(`GET ${path} HTTP/1.1\r\nHost: slow.test\r\n\r\n`)
    await once(this.#socket, 'readable')
  }

  tick(): void {
    const chunk = this.#socket.read(Math.min(octetsPerTick, this.#socket.readableLength)) as Buffer | null
    this.octets += chunk?.length ?? 0
  }
}

let ended = 0
const readers = Array.from({ length: Number(count) }, () => new SlowReader())
await Promise.all(readers.map((reader) => reader.start()))
console.log('all read')
const timer = setInterval(() => {
  for (const reader of readers) reader.tick()
}, TICK_MS)
setTimeout(() => {
  clearInterval(timer)
  console.log(JSON.stringify({ octets: readers.reduce((sum, { octets }) => sum + octets, 0), ended }))
  process.exit()
}, Number(seconds) * 1000)
