import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { acceptConnections } from '../../../src/proxy/accept.ts'

// Sends back what comes.

const server = createServer()
await once(server.listen(0, '127.0.0.1'), 'listening')
acceptConnections(server, (open) => {
  const socket = open((buffer, size) => socket.write(buffer.toString('latin1', 0, size), 'latin1'))
  socket.setNoDelay(true)
  socket.on('error', () => socket.destroy())
  socket.on('end', () => socket.end())
  socket.resume()
})
console.log((server.address() as AddressInfo).port)
