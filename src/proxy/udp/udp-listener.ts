import { createSocket, type RemoteInfo, type Socket } from 'node:dgram'
import type { EntryMetrics } from '../../observe/entry-metrics.ts'
import type { TreeMetrics } from '../../observe/tree-metrics.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Listening } from '../../thread/messages.ts'
import { udpFamilyOf } from '../../thread/udp-family.ts'
import type { WorkerEntryPoint } from '../../thread/worker-data.ts'
import type { StreamSwitch } from '../stream-switch.ts'
import { UdpSession } from './udp-session.ts'

/** Addresses of datagrams can be made up: a flood of them must not take all sockets. Beyond, the session that is silent for longest ends. */
const MOST_SESSIONS = 10_000

/** What the listeners of one worker share. */
interface UdpContext {
  readonly clock: Clock
  readonly streams: Pick<StreamSwitch, 'udp'>
  readonly mostSessions?: number
  /** Absent where nothing is counted. */
  readonly metrics?: TreeMetrics | undefined
}

/** One entry point of UDP in one worker. The kernel gives all datagrams of one client to the same worker. */
export class UdpListener {
  readonly name: string
  readonly timeoutMs: number
  readonly #entryPoint: WorkerEntryPoint
  readonly #context: UdpContext
  readonly #metrics: EntryMetrics | undefined
  readonly #socket: Socket
  /** By client; the one that was silent for longest comes first. */
  readonly #sessions = new Map<string, UdpSession>()
  #isDraining = false
  #drained: (() => void) | undefined

  constructor(entryPoint: WorkerEntryPoint, context: UdpContext) {
    this.name = entryPoint.name
    this.timeoutMs = entryPoint.options.udp.timeout
    this.#entryPoint = entryPoint
    this.#context = context
    this.#metrics = context.metrics?.entryPoint(entryPoint.name)
    this.#socket = createSocket({ type: udpFamilyOf(entryPoint.host), reusePort: true })
  }

  /** Resolves to the real address; the port is shared with the other workers by the kernel (SO_REUSEPORT). */
  listen(): Promise<Listening> {
    const { name, host, port } = this.#entryPoint
    const socket = this.#socket
    return new Promise((resolve, reject) => {
      socket.once('error', reject)
      socket.bind({ port, ...(host === '' ? {} : { address: host }) }, () => {
        socket.removeListener('error', reject)
        socket.on('error', () => {})
        socket.on('message', (datagram, from) => this.#receive(datagram, from))
        resolve({ entryPoint: name, host, port: socket.address().port, protocol: 'udp' })
      })
    })
  }

  /** Takes no new clients and waits until the others are silent, for the grace time at most; resolves to the number of sessions cut. */
  async drain(): Promise<number> {
    this.#isDraining = true
    if (this.#sessions.size > 0) {
      const { promise, resolve } = Promise.withResolvers<void>()
      this.#drained = resolve
      const timer = setTimeout(resolve, this.#entryPoint.options.transport.lifeCycle.graceTimeOut)
      await promise
      clearTimeout(timer)
    }
    const { size } = this.#sessions
    for (const session of [...this.#sessions.values()]) session.end()
    this.#socket.close()
    return size
  }

  deadline(): number {
    return this.#context.clock.in(this.timeoutMs)
  }

  onReply({ address, port }: UdpSession, datagram: Buffer): void {
    // Nobody hears of a datagram that got lost.
    this.#socket.send(datagram, port, address)
  }

  onSessionEnd(session: UdpSession): void {
    this.#context.clock.unwatch(session)
    this.#sessions.delete(keyOf(session))
    this.#metrics?.open('UDP', this.#sessions.size)
    if (this.#sessions.size === 0) this.#drained?.()
  }

  #receive(datagram: Buffer, from: RemoteInfo): void {
    const key = keyOf(from)
    const session = this.#sessions.get(key) ?? this.#open(from)
    if (session === undefined) return
    // The last place in the order: this one was not silent.
    this.#sessions.delete(key)
    this.#sessions.set(key, session)
    this.#metrics?.open('UDP', this.#sessions.size)
    session.send(datagram)
  }

  #open(from: RemoteInfo): UdpSession | undefined {
    const { streams, clock, mostSessions = MOST_SESSIONS } = this.#context
    const target = this.#isDraining ? undefined : streams.udp(this.name)
    if (target === undefined) return undefined
    if (this.#sessions.size >= mostSessions) {
      this.#metrics?.failed('UDP_SESSIONS')
      this.#sessions.values().next().value?.end()
    }
    const session = new UdpSession(from, target, this)
    clock.watch(session)
    return session
  }
}

function keyOf({ address, port }: { readonly address: string; readonly port: number }): string {
  return `${address} ${port}`
}
