import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { acceptConnections } from '../../../src/proxy/accept.ts'

// Takes octets, and says so by one octet for each MiB.

const MIB = 1024 * 1024

const server = createServer()
await once(server.listen(0, '127.0.0.1'), 'listening')
acceptConnections(server, (open) => {
  let taken = 0
  const socket = open((_, size) => {
    taken += size
    if (taken < MIB) return
    const whole = Math.floor(taken / MIB)
    taken -= whole * MIB
    socket.write('M'.repeat(whole))
  })
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.end())
  socket.resume()
})
console.log((server.address() as AddressInfo).port)
