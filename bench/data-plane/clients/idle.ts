import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

// Opens so many keep-alive connections to a port, makes one request on each, and then only holds them: idle.ts PORT COUNT.

const [port, count] = process.argv.slice(2).map(Number) as [number, number]

/** Several addresses of this machine, so that ports do not run short. */
const LOCAL_ADDRESSES = ['127.0.0.2', '127.0.0.3', '127.0.0.4', '127.0.0.5']
const AT_ONCE = 64

const held: Socket[] = []

async function open(index: number): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1', localAddress: LOCAL_ADDRESSES[index % LOCAL_ADDRESSES.length] as string })
  held.push(socket)
  await once(socket, 'connect')
  socket.write('GET /small HTTP/1.1\r\nHost: idle.test\r\n\r\n')
  const [head] = await once(socket, 'data')
  if (!String(head).startsWith('HTTP/1.1 200')) throw new Error(String(head))
  socket.once('close', () => {
    console.error('a connection has ended')
    process.exit(1)
  })
}

let next = 0
const openInTurn = async (): Promise<void> => {
  while (next < count) await open(next++)
}
await Promise.all(Array.from({ length: AT_ONCE }, openInTurn))
console.log('all idle')
