import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { parseStreamAddress } from '../../tcp/address.ts'
import type { TcpTarget } from './tcp-target.ts'

/** Connects to a server and may exchange a few octets; rejects with the reason when it is not well. */
export async function probeTcp(target: TcpTarget, signal: AbortSignal): Promise<void> {
  const { send, expect } = target.options
  signal.throwIfAborted()
  const socket = dial(target)
  // What goes wrong after the answer is nobody's business any more.
  socket.on('error', () => {})
  try {
    await once(socket, target.isSecure ? 'secureConnect' : 'connect', { signal })
    if (send !== '') socket.write(send)
    if (expect !== '') await expectAnswer(socket, Buffer.from(expect), signal)
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    socket.destroy()
  }
}

function dial({ server, options: { port }, isSecure, tls }: TcpTarget): Socket {
  const address = parseStreamAddress(server)
  if (address === undefined) throw new Error(`its address ${JSON.stringify(server)} is not host:port`)
  const { host } = address
  const place = { host, port: port === 0 ? address.port : port }
  return isSecure ? connectTls({ ...place, ...tls(host) }) : connect(place)
}

async function expectAnswer(socket: Socket, expected: Buffer, signal: AbortSignal): Promise<void> {
  let answer = Buffer.alloc(0)
  const onAbort = (): void => void socket.destroy(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  try {
    for await (const chunk of socket) {
      answer = Buffer.concat([answer, chunk as Buffer])
      if (answer.length >= expected.length) break
    }
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
  if (!answer.subarray(0, expected.length).equals(expected)) throw new Error('its answer is not what is expected')
}
