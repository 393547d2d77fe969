import { createSocket, type Socket } from 'node:dgram'
import { isIP } from 'node:net'
import type { Deadline } from '../../runtime/clock.ts'
import type { StreamAddress } from '../../tcp/address.ts'

/** The listener that a client has sent to. */
interface SessionOwner {
  readonly timeoutMs: number
  /** A datagram of the server is for this client. */
  onReply(session: UdpSession, datagram: Buffer): void
  onSessionEnd(session: UdpSession): void
  /** The deadline of a session that is alive now. */
  deadline(): number
}

/** Datagrams that wait for the server's name to be looked up; of UDP, more may get lost. */
const MOST_WAITING = 64

/** What one client and one server send each other; it ends when both are silent for a while. */
export class UdpSession implements Deadline {
  deadlineAt: number
  readonly address: string
  readonly port: number
  readonly #owner: SessionOwner
  readonly #socket: Socket
  #waiting: Buffer[] | undefined = []
  #isEnded = false

  constructor(client: { readonly address: string; readonly port: number }, { host, port }: StreamAddress, owner: SessionOwner) {
    this.address = client.address
    this.port = client.port
    this.#owner = owner
    this.deadlineAt = owner.deadline()
    this.#socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4')
    // A server that refuses (ICMP) may be back with the next datagram.
    this.#socket.on('error', () => {
      if (this.#waiting !== undefined) this.end()
    })
    this.#socket.on('message', (datagram) => {
      this.deadlineAt = owner.deadline()
      owner.onReply(this, datagram)
    })
    this.#socket.connect(port, host, () => this.#onConnected())
  }

  /** Nobody hears of a datagram that got lost. */
  send(datagram: Buffer): void {
    this.deadlineAt = this.#owner.deadline()
    if (this.#waiting === undefined) this.#socket.send(datagram)
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(datagram)
  }

  onDeadline(): void {
    this.end()
  }

  end(): void {
    if (this.#isEnded) return
    this.#isEnded = true
    this.#waiting = []
    this.#socket.close()
    this.#owner.onSessionEnd(this)
  }

  #onConnected(): void {
    if (this.#isEnded) return
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const datagram of waiting) this.#socket.send(datagram)
  }
}
