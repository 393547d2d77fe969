import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { streamAddress } from '../../tcp/address.ts'
import { localProxyHeader } from '../../tcp/proxy-header.ts'
import type { TcpTarget } from './tcp-target.ts'

/** Connects to a server and may exchange a few octets; rejects with the reason when it is not well. */
export async function probeTcp(target: TcpTarget, signal: AbortSignal): Promise<void> {
  const { send, expect } = target.options
  signal.throwIfAborted()
  const raw = dial(target)
  // What goes wrong after the answer is nobody's business any more.
  raw.on('error', () => {})
  try {
    await once(raw, 'connect', { signal })
    introduce(raw, target)
    const socket = target.isSecure ? await secured(raw, target, signal) : raw
    if (send !== '') socket.write(send)
    if (expect !== '') await expectAnswer(socket, Buffer.from(expect), signal)
  } catch (error) {
    throw signal.aborted ? signal.reason : error
  } finally {
    raw.destroy()
  }
}

function dial({ server, options: { port } }: TcpTarget): Socket {
  const { host, port: ownPort } = streamAddress(server)
  return connect({ host, port: port === 0 ? ownPort : port })
}

/** A server that wants a header of the PROXY protocol has no words for those who send none; another port may be another program's. */
function introduce(socket: Socket, { server, proxyVersion, options: { port } }: TcpTarget): void {
  const isOwnPort = port === 0 || port === streamAddress(server).port
  if (proxyVersion !== undefined && isOwnPort) socket.write(localProxyHeader(proxyVersion))
}

async function secured(socket: Socket, { server, tls }: TcpTarget, signal: AbortSignal): Promise<Socket> {
  const { host } = streamAddress(server)
  const secure = connectTls({ ...tls(host), host, socket })
  secure.on('error', () => {})
  await once(secure, 'secureConnect', { signal })
  return secure
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
