import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { HANDSHAKE_ANSWER } from '../../websocket-handshake.ts'

// An origin that leaves HTTP after the head of the first request, and sends back what comes then.

const server = createServer({ noDelay: true }, (socket) => {
  let head = ''
  const onHead = (chunk: Buffer): void => {
    head += chunk.toString('latin1')
    if (!head.endsWith('\r\n\r\n')) return
    socket.off('data', onHead)
    socket.write(HANDSHAKE_ANSWER)
    socket.pipe(socket)
  }
  socket.on('data', onHead).on('error', () => socket.destroy())
})
await once(server.listen(0, '127.0.0.1'), 'listening')
console.log((server.address() as AddressInfo).port)
