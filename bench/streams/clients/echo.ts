import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import type { ClientSummary } from '../../protocols/programs.ts'

// Connections that send a message, wait for its echo, and send the next one: echo.ts PORT CONNECTIONS SECONDS.

const [port, connections, seconds] = process.argv.slice(2).map(Number) as [number, number, number]

const MESSAGE = 'm'.repeat(64)
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)
const errors = { 'wrong echoes': 0, 'connections closed': 0 }
let count = 0

function open(): Socket {
  /** Octets of the echo that have come. */
  let at = 0
  const callback = (size: number): boolean => {
    at += size
    if (at > MESSAGE.length) errors['wrong echoes']++
    if (at < MESSAGE.length) return true
    at = 0
    count++
    socket.write(MESSAGE, 'latin1')
    return true
  }
  const socket = connect({ port, host: '127.0.0.1', noDelay: true, onread: { buffer: readBuffer, callback } })
  return socket.on('error', () => {}).on('close', () => errors['connections closed']++)
}

const sockets = Array.from({ length: connections }, open)
await Promise.all(sockets.map((socket) => once(socket, 'connect')))
const startedAt = performance.now()
for (const socket of sockets) socket.write(MESSAGE, 'latin1')
setTimeout(() => {
  const summary: ClientSummary = { count, ms: performance.now() - startedAt, errors }
  console.log(JSON.stringify(summary))
  process.exit()
}, seconds * 1000)
