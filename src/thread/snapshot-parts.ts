import type { Snapshot, SnapshotRouter, StreamRecords } from '../config/snapshot.ts'

/** The parts of a snapshot that are records of elements. */
const RECORDS = ['services', 'middlewares', 'serversTransports', 'cells', 'routers'] as const
const STREAMS = ['tcpRouters', 'tcpServices', 'tcpMiddlewares', 'tcpServersTransports', 'udpRouters', 'udpServices'] as const

type RecordName = (typeof RECORDS)[number] | (typeof STREAMS)[number]

/** A piece of a snapshot: small enough that reading it holds up no request. */
export type SnapshotPart =
  | { readonly type: 'set'; readonly record: RecordName; readonly elements: readonly (readonly [name: string, element: unknown])[] }
  | { readonly type: 'remove'; readonly record: RecordName; readonly names: readonly string[] }
  | { readonly type: 'tls'; readonly tls: Snapshot['tls'] }

/** How many elements a part holds: reading this many routers takes about half a millisecond. */
const MOST_ELEMENTS = 200

/**
 * What makes the next snapshot of the last one. Elements that are the very same object are left out, so whoever makes
 * snapshots keeps the objects of what has not changed.
 */
export function partsBetween(last: Snapshot | undefined, next: Snapshot): SnapshotPart[] {
  const parts: SnapshotPart[] = []
  for (const record of [...RECORDS, ...STREAMS]) {
    const before = recordOf(last, record)
    const after = recordOf(next, record)
    const elements = Object.entries(after).filter(([name, element]) => before[name] !== element || !Object.hasOwn(before, name))
    const names = Object.keys(before).filter((name) => !Object.hasOwn(after, name))
    for (const some of slices(elements)) parts.push({ type: 'set', record, elements: some })
    for (const some of slices(names)) parts.push({ type: 'remove', record, names: some })
  }
  if (last?.tls !== next.tls) parts.push({ type: 'tls', tls: next.tls })
  return parts
}

function recordOf(snapshot: Snapshot | undefined, record: RecordName): Readonly<Record<string, unknown>> {
  const all: Readonly<Partial<Record<RecordName, object>>> = { ...snapshot, ...snapshot?.streams }
  return (all[record] ?? {}) as Readonly<Record<string, unknown>>
}

function slices<T>(items: readonly T[]): T[][] {
  return Array.from({ length: Math.ceil(items.length / MOST_ELEMENTS) }, (_, index) =>
    items.slice(index * MOST_ELEMENTS, (index + 1) * MOST_ELEMENTS),
  )
}

/** A snapshot as a worker knows it: changed in place, part by part. */
export type WorkerSnapshot = Omit<Snapshot, 'routers'> & { readonly routers: ReadonlyMap<string, SnapshotRouter> }

/** The configuration as one worker knows it, put together from parts. */
export class SnapshotMirror {
  readonly #records = new Map<RecordName, Record<string, unknown>>(
    [...RECORDS, ...STREAMS].filter((record) => record !== 'routers').map((record) => [record, Object.create(null)]),
  )
  readonly #routers = new Map<string, SnapshotRouter>()
  #tls: Snapshot['tls']

  take(part: SnapshotPart): void {
    if (part.type === 'tls') this.#tls = part.tls
    else if (part.type === 'set') for (const [name, element] of part.elements) this.#set(part.record, name, element)
    else for (const name of part.names) this.#remove(part.record, name)
  }

  #set(record: RecordName, name: string, element: unknown): void {
    const elements = this.#records.get(record)
    if (elements === undefined) this.#routers.set(name, element as SnapshotRouter)
    else elements[name] = element
  }

  #remove(record: RecordName, name: string): void {
    const elements = this.#records.get(record)
    if (elements === undefined) this.#routers.delete(name)
    else delete elements[name]
  }

  /** A view of what was taken so far: it is over with the next part. */
  snapshot(revision: number): WorkerSnapshot {
    const content = Object.fromEntries(this.#records) as unknown as Omit<
      WorkerSnapshot,
      'revision' | 'fingerprint' | 'tls' | 'streams' | 'routers'
    > &
      StreamRecords
    const { tcpRouters, tcpServices, tcpMiddlewares, tcpServersTransports, udpRouters, udpServices, ...http } = content
    const streams = { tcpRouters, tcpServices, tcpMiddlewares, tcpServersTransports, udpRouters, udpServices }
    return { revision, fingerprint: '', ...http, routers: this.#routers, streams, ...(this.#tls === undefined ? {} : { tls: this.#tls }) }
  }
}
