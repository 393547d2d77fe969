import { connect } from 'node:net'
import type { ClientSummary } from '../../protocols/programs.ts'

// Sends octets and counts the MiB that the other end says it has taken: upload.ts PORT CONNECTIONS SECONDS.

const [port, connections, seconds] = process.argv.slice(2).map(Number) as [number, number, number]

const CHUNK = Buffer.alloc(1024 * 1024, 'x')
const readBuffer = Buffer.allocUnsafeSlow(64 * 1024)
const errors = { 'connections closed': 0 }
let count = 0

const callback = (size: number): boolean => {
  count += size
  return true
}
for (let index = 0; index < connections; index++) {
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer: readBuffer, callback } })
  const more = (): void => {
    while (!socket.destroyed && socket.write(CHUNK));
  }
  socket
    .on('connect', more)
    .on('drain', more)
    .on('error', () => {})
    .on('close', () => errors['connections closed']++)
}
const startedAt = performance.now()
setTimeout(() => {
  const summary: ClientSummary = { count, ms: performance.now() - startedAt, errors }
  console.log(JSON.stringify(summary))
  process.exit()
}, seconds * 1000)
