import { connect, createSecureContext } from 'node:tls'
import type { ClientSummary } from '../programs.ts'

// Full TLS 1.3 handshakes, so many at once, each on a connection of its own that then ends in order; with NAMES they ask for
// host-0.bench.test, host-1.bench.test, … in turn: handshakes.ts PORT CONNECTIONS [NAMES] SECONDS.

const [port, connections, ...rest] = process.argv.slice(2).map(Number) as [number, number, ...number[]]
const seconds = rest.at(-1) ?? 0
const names = rest.length > 1 ? (rest[0] ?? 0) : 0

// One group, which all proxies know: with a choice each would take its own, and the work would not be the same.
const secureContext = createSecureContext({ minVersion: 'TLSv1.3', ecdhCurve: 'X25519' })
const errors = { 'handshakes failed': 0, 'handshakes resumed': 0 }
let count = 0
let running = true
let next = 0

function nextName(): { servername?: string } {
  if (names === 0) return {}
  next = (next + 1) % names
  return { servername: `host-${next}.bench.test` }
}

function shakeHands(): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  let isDone = false
  const socket = connect({ port, host: '127.0.0.1', secureContext, rejectUnauthorized: false, ...nextName() })
  socket
    .once('secureConnect', () => {
      isDone = true
      if (socket.isSessionReused()) errors['handshakes resumed']++
      if (running) count++
      socket.end()
    })
    .on('error', () => {})
    .once('close', () => {
      if (!isDone) errors['handshakes failed']++
      resolve()
    })
    .resume()
  return promise
}

async function loop(): Promise<void> {
  while (running) await shakeHands()
}

const startedAt = performance.now()
const loops = Promise.all(Array.from({ length: connections }, loop))
setTimeout(async () => {
  running = false
  const ms = performance.now() - startedAt
  // What is under way is not counted, but a proxy that leaves it hanging is one that fails.
  const late = setTimeout(() => {
    errors['handshakes failed']++
    finish(ms)
  }, 5_000)
  await loops
  clearTimeout(late)
  finish(ms)
}, seconds * 1000)

function finish(ms: number): void {
  const summary: ClientSummary = { count, ms, errors }
  console.log(JSON.stringify(summary))
  process.exit()
}
