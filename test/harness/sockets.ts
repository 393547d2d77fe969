import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'
import type { Peer } from './peer.ts'

export interface SocketWatch extends Disposable {
  /** The sockets of this process that were connected to the address, in order. */
  readonly opened: readonly Socket[]
}

/** Looks at the sockets that a data plane in this process opens to a server. */
export function watchSocketsTo(url: string): SocketWatch {
  const port = Number(new URL(url).port)
  const opened: Socket[] = []
  const onSocket = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket }
    socket.once('connect', () => {
      if (socket.remotePort === port) opened.push(socket)
    })
  }
  subscribe('net.client.socket', onSocket)
  return { opened, [Symbol.dispose]: () => unsubscribe('net.client.socket', onSocket) }
}

/** The gateway's end of a client's connection; Node has no public way to look at the open handles of a process. */
export function otherEndOf({ socket }: Peer): Socket | undefined {
  const { _getActiveHandles: handles } = process as unknown as { _getActiveHandles(): (Partial<Socket> | null)[] }
  return handles.call(process).find((handle) => handle?.remotePort === socket.localPort) as Socket | undefined
}
