import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'

// Sends octets on every connection for as long as it is open.

const CHUNK = Buffer.alloc(1024 * 1024, 'x')

const server = createServer({ allowHalfOpen: false }, (socket) => {
  const more = (): void => {
    while (!socket.destroyed && socket.write(CHUNK));
  }
  socket.on('drain', more).on('error', () => socket.destroy())
  more()
})
await once(server.listen(0, '127.0.0.1'), 'listening')
console.log((server.address() as AddressInfo).port)
