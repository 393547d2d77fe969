import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'

/** A socket of UDP with all that it has received. */
export class Correspondent implements AsyncDisposable {
  readonly received: string[] = []
  readonly socket: Socket

  constructor(socket: Socket, answer?: (text: string) => string) {
    this.socket = socket
    socket.on('message', (datagram, from) => {
      this.received.push(String(datagram))
      if (answer !== undefined) socket.send(answer(String(datagram)), from.port, from.address)
    })
  }

  get port(): number {
    return this.socket.address().port
  }

  /** Sends a datagram and waits for the next one that comes. */
  async ask(port: number, text: string | Buffer, withinMs = 5_000): Promise<string> {
    const answer = once(this.socket, 'message', { signal: AbortSignal.timeout(withinMs) })
    this.socket.send(text, port, '127.0.0.1')
    return String((await answer)[0])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.close()
    await once(this.socket, 'close')
  }
}

/** Opens a socket on a free port of 127.0.0.1; with a function, it answers each datagram with what that makes of it. */
export async function correspond(answer?: (text: string) => string): Promise<Correspondent> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return new Correspondent(socket, answer)
}
