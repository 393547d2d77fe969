import { connect } from 'node:net'
import type { ClientSummary } from '../../protocols/programs.ts'

// Counts MiB that come on connections that are only read: download.ts PORT CONNECTIONS SECONDS.

const [port, connections, seconds] = process.argv.slice(2).map(Number) as [number, number, number]

const MIB = 1024 * 1024
const readBuffer = Buffer.allocUnsafeSlow(MIB)
const errors = { 'connections closed': 0 }
let octets = 0

const callback = (size: number): boolean => {
  octets += size
  return true
}
for (let index = 0; index < connections; index++) {
  connect({ port, host: '127.0.0.1', onread: { buffer: readBuffer, callback } })
    .on('error', () => {})
    .on('close', () => errors['connections closed']++)
}
const startedAt = performance.now()
setTimeout(() => {
  const summary: ClientSummary = { count: octets / MIB, ms: performance.now() - startedAt, errors }
  console.log(JSON.stringify(summary))
  process.exit()
}, seconds * 1000)
