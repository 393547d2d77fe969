import type { Snapshot } from '../config/snapshot.ts'
import { canonicalText } from './fingerprint.ts'

const RECORDS = ['services', 'middlewares', 'serversTransports', 'routers'] as const
const STREAMS = ['tcpRouters', 'tcpServices', 'tcpMiddlewares', 'tcpServersTransports', 'udpRouters', 'udpServices'] as const

/** A snapshot that uses the objects of another one wherever it says the same: what is one object need not be sent again. */
export function shareElements(next: Snapshot, last: Snapshot | undefined): Snapshot {
  if (last === undefined) return next
  const shared = RECORDS.map((record) => [record, shareRecord(next[record], last[record])])
  const tls = next.tls !== undefined && last.tls !== undefined && isSame(next.tls, last.tls) ? last.tls : next.tls
  return { ...next, ...Object.fromEntries(shared), ...(tls === undefined ? {} : { tls }), ...shareStreams(next, last) }
}

function shareStreams({ streams }: Snapshot, last: Snapshot): Pick<Snapshot, 'streams'> {
  if (streams === undefined) return {}
  const shared = STREAMS.map((record) => [record, shareRecord(streams[record], last.streams?.[record] ?? {})])
  return { streams: { ...streams, ...Object.fromEntries(shared) } }
}

function shareRecord(next: Readonly<Record<string, object>>, last: Readonly<Record<string, object>>): Record<string, object> {
  const shared = Object.entries(next).map(([name, element]) => {
    const before = Object.hasOwn(last, name) ? last[name] : undefined
    return [name, before !== undefined && isSame(element, before) ? before : element] as const
  })
  return Object.fromEntries(shared)
}

function isSame(one: object, other: object): boolean {
  return one === other || canonicalText(one) === canonicalText(other)
}
