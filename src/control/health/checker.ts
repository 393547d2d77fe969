import type { ServersTransport } from '../../config/servers-transport.ts'
import type { Snapshot } from '../../config/snapshot.ts'
import type { TcpServersTransport } from '../../config/tcp.ts'
import type { Log } from '../../log.ts'
import { withoutUserInfo } from '../../services/server-address.ts'
import { SERVER_WORDS, ServerState } from '../../services/server-state.ts'
import type { Cells } from '../../state/cells.ts'
import type { Timers } from '../timers.ts'
import type { AnyTarget } from './probe.ts'
import { type CheckFacts, type Result, ServerCheck } from './server-check.ts'
import { Slots } from './slots.ts'
import { targetsOf } from './target.ts'
import { tcpTargetsOf } from './tcp-target.ts'
import { replacedIn } from './timing.ts'

/** What the active check found of a server. */
export type ServerStatus = 'UP' | 'DOWN'

/** What a service serves: services of the two kinds may have the same name. */
type Kind = 'http' | 'tcp'

/** Service → server as it is configured → what the last check found; UP before the first. */
type StatusTable = ReadonlyMap<string, ReadonlyMap<string, ServerStatus>>

/** A server went down or came back. */
interface StatusChange {
  readonly kind: Kind
  readonly service: string
  readonly server: string
  readonly status: ServerStatus
}

interface HealthCheckerOptions {
  /** The shared words of a key, for all threads the same. */
  readonly cells: (key: string, size: number) => Cells
  readonly timers: Timers
  /** Only told, never reckoned with. */
  readonly wallTime?: () => number
  readonly log: Log
  /** From 0 to 1. */
  readonly random?: () => number
  readonly onChange?: (change: StatusChange) => void
}

/** How many checks may be under way at the same time. */
const AT_ONCE = 64

/** Checks the servers of all services that ask for it, and tells the data plane through shared memory. */
export class HealthChecker {
  readonly #options: HealthCheckerOptions
  readonly #slots = new Slots(AT_ONCE)
  readonly #checks = new Map<string, ServerCheck>()
  #status = statusOf([])
  #counts = { checks: 0, failures: 0, changes: 0 }
  #stopped = false

  constructor(options: HealthCheckerOptions) {
    this.#options = options
  }

  get status(): Readonly<Record<Kind, StatusTable>> {
    return this.#status
  }

  /** What is known of the server whose state has this key; undefined where nobody checks it. */
  factsOf(key: string): CheckFacts | undefined {
    return this.#checks.get(key)?.facts
  }

  /** Checks that ended, those that failed, and changes of status, since the start. */
  get counts(): Readonly<Record<'checks' | 'failures' | 'changes', number>> {
    return this.#counts
  }

  /** Checks what this configuration says; what it leaves as it was goes on undisturbed. */
  update(snapshot: Snapshot, defaultTransport: ServersTransport, defaultTcpTransport?: TcpServersTransport): void {
    if (this.#stopped) return
    const ofTcp = defaultTcpTransport === undefined ? [] : tcpTargetsOf(snapshot, defaultTcpTransport)
    const targets = new Map<string, AnyTarget>([...targetsOf(snapshot, defaultTransport), ...ofTcp])
    for (const [key, check] of this.#checks) {
      if (targets.has(key)) continue
      check.forget()
      this.#checks.delete(key)
    }
    const warned = new Set<string>()
    for (const [key, target] of targets) {
      const check = this.#checks.get(key)
      if (check?.target.content === target.content) continue
      if (check === undefined) this.#checks.set(key, this.#begin(key, target))
      else check.aim(target)
      const service = `${kindOf(target)} ${target.service}`
      if (!warned.has(service)) this.#warn(target)
      warned.add(service)
    }
    this.#status = statusOf(this.#checks.values())
  }

  /** Ends all checks and closes their connections; servers stay in their state. */
  async stop(): Promise<void> {
    this.#stopped = true
    for (const check of this.#checks.values()) check.stop()
    this.#checks.clear()
    await this.#slots.idle()
  }

  #begin(key: string, target: AnyTarget): ServerCheck {
    const { cells, timers, wallTime = Date.now, random = Math.random } = this.#options
    const state = new ServerState(cells(key, SERVER_WORDS))
    return new ServerCheck(target, { state, slots: this.#slots, timers, wallTime, random, onResult: (result) => this.#hear(result) })
  }

  #warn(target: AnyTarget): void {
    for (const option of replacedIn(target.options)) {
      this.#options.log.warn(`healthCheck.${option} is not above 0, so its default holds`, whichService(target))
    }
  }

  #hear({ target, up, isNews, reason }: Result): void {
    this.#counts.checks++
    if (!up) this.#counts.failures++
    if (!isNews) return
    this.#counts.changes++
    const { service, server } = target
    const kind = kindOf(target)
    const status = up ? 'UP' : 'DOWN'
    const servers = this.#status[kind].get(service)?.set(server, status) ?? new Map()
    const ups = [...servers.values()].filter((one) => one === 'UP').length
    const fields = { ...whichService(target), server: withoutUserInfo(server), serversUp: ups, servers: servers.size }
    if (up) this.#options.log.info('a server is up again', fields)
    else this.#options.log.warn('a server is down', { ...fields, reason })
    this.#options.onChange?.({ kind, service, server, status })
  }
}

function statusOf(checks: Iterable<ServerCheck>): Record<Kind, Map<string, Map<string, ServerStatus>>> {
  const status: Record<Kind, Map<string, Map<string, ServerStatus>>> = { http: new Map(), tcp: new Map() }
  for (const { target, isUp } of checks) {
    const services = status[kindOf(target)]
    const servers = services.get(target.service) ?? new Map<string, ServerStatus>()
    services.set(target.service, servers.set(target.server, isUp ? 'UP' : 'DOWN'))
  }
  return status
}

function kindOf(target: AnyTarget): Kind {
  return 'kind' in target ? target.kind : 'http'
}

/** How the log names a service. */
function whichService(target: AnyTarget): { readonly service: string; readonly kind?: Kind } {
  const { service } = target
  return kindOf(target) === 'http' ? { service } : { kind: kindOf(target), service }
}
