import type { SnapshotTcpRouter } from '../config/tcp.ts'
import type { TcpRule } from '../rule/tcp.ts'
import type { TcpInput } from '../rule/tcp-input.ts'
import type { TcpGuard } from '../tcp/definition.ts'
import type { TcpTarget } from './tcp-target.ts'

/** A router of TCP connections, ready to be asked. */
export interface TcpRoute {
  readonly name: string
  readonly priority: bigint
  readonly rank: number
  readonly rule: TcpRule
  readonly tls: SnapshotTcpRouter['tls']
  /** All of them must let a connection pass. */
  readonly guards: readonly TcpGuard[]
  /** The server of the next connection; undefined where there is none. */
  readonly pick: () => TcpTarget | undefined
}

interface Entry {
  readonly place: number
  readonly route: TcpRoute
}

const NONE: readonly Entry[] = []

/** The TCP routers of an entry point: the first that matches gets the connection. Those for one name are found by it. */
export class TcpTable {
  readonly size: number
  readonly #byName = new Map<string, Entry[]>()
  /** By what follows the first label. */
  readonly #bySuffix = new Map<string, Entry[]>()
  readonly #anywhere: Entry[] = []

  constructor(routes: readonly TcpRoute[]) {
    this.size = routes.length
    for (const [place, route] of [...routes].sort(compareRoutes).entries()) this.#add({ place, route })
  }

  find(input: TcpInput): TcpRoute | undefined {
    const { serverName } = input
    const dot = serverName.indexOf('.')
    const named = firstOf(this.#byName.get(serverName) ?? NONE, input)
    const wild = firstOf(dot === -1 ? NONE : (this.#bySuffix.get(serverName.slice(dot)) ?? NONE), input)
    return nearer(nearer(named, wild), firstOf(this.#anywhere, input))?.route
  }

  #add(entry: Entry): void {
    const { names } = entry.route.rule
    if (names === undefined) {
      this.#anywhere.push(entry)
      return
    }
    for (const { text, isExact } of names) {
      const map = isExact ? this.#byName : this.#bySuffix
      const entries = map.get(text)
      if (entries === undefined) map.set(text, [entry])
      else entries.push(entry)
    }
  }
}

function firstOf(entries: readonly Entry[], input: TcpInput): Entry | undefined {
  for (const entry of entries) if (entry.route.rule.predicate(input)) return entry
  return undefined
}

function nearer(one: Entry | undefined, other: Entry | undefined): Entry | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one.place < other.place ? one : other
}

/** Higher priorities first; then by provider, then by name, so that the same configuration behaves the same. */
function compareRoutes(one: TcpRoute, other: TcpRoute): number {
  if (one.priority !== other.priority) return one.priority > other.priority ? -1 : 1
  if (one.rank !== other.rank) return one.rank - other.rank
  return one.name < other.name ? -1 : 1
}
