import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import type { ClientSummary } from '../../protocols/programs.ts'

// Sockets that send a datagram, wait for its echo, and send the next one: udp.ts PORT SOCKETS SECONDS.

const [port, sockets, seconds] = process.argv.slice(2).map(Number) as [number, number, number]

const DATAGRAM = Buffer.alloc(64, 'm')
/** One that has not come back by then is lost, and the next one is sent. */
const LOST_AFTER_MS = 100
/** On one machine, more than this share of them is not lost by chance. */
const TOLERATED = 0.001

const errors = { 'wrong echoes': 0, 'datagrams lost': 0 }
let count = 0
let lost = 0

class Client {
  readonly #socket: Socket = createSocket('udp4')
  #isAnswered = true

  async open(): Promise<void> {
    const socket = this.#socket
    socket.on('error', () => {})
    socket.on('message', (datagram) => {
      if (datagram.length !== DATAGRAM.length) errors['wrong echoes']++
      this.#isAnswered = true
      count++
      socket.send(DATAGRAM)
    })
    socket.connect(port, '127.0.0.1')
    await once(socket, 'connect')
  }

  /** Sends the first one, and another in the place of one that is lost. */
  nudge(isFirst: boolean): void {
    if (!this.#isAnswered && !isFirst) lost++
    if (!this.#isAnswered || isFirst) this.#socket.send(DATAGRAM)
    this.#isAnswered = false
  }
}

const clients = Array.from({ length: sockets }, () => new Client())
await Promise.all(clients.map((client) => client.open()))
const startedAt = performance.now()
for (const client of clients) client.nudge(true)
setInterval(() => {
  for (const client of clients) client.nudge(false)
}, LOST_AFTER_MS)
setTimeout(() => {
  const ms = performance.now() - startedAt
  if (lost > count * TOLERATED) errors['datagrams lost'] = lost
  const summary: ClientSummary = { count, ms, errors }
  console.log(JSON.stringify(summary))
  process.exit()
}, seconds * 1000)
