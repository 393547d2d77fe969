import type { Snapshot, SnapshotRouter } from '../config/snapshot.ts'
import { INTERNAL } from '../control/internal.ts'
import type { Listening } from '../thread/messages.ts'
import { exampleRequest } from './example-request.ts'
import type { Paint } from './paint.ts'

/** What there is to tell a person when the gateway has started. */
export interface Start {
  readonly version: string
  /** Where the static configuration came from: the file, the environment, the flags. */
  readonly sources: readonly string[]
  readonly addresses: readonly Listening[]
  readonly snapshot: Snapshot | undefined
}

/** Writes the lines that `serve` begins with. */
export function banner({ version, sources, addresses, snapshot }: Start, paint: Paint): string {
  const width = Math.max(...addresses.map(({ entryPoint }) => entryPoint.length))
  const rows: [string, readonly string[]][] = [
    ['configuration', [sources.join(', ') || 'none, only defaults']],
    ['entry points', addresses.map((address) => `${address.entryPoint.padEnd(width)}  ${paint('cyan', urlOf(address))}`)],
    ['routers', [`${routersOfUsers(snapshot).length + streamRoutersOf(snapshot)} live`]],
    ['try', tryLine(addresses, snapshot)],
  ]
  const lines = rows.flatMap(([title, texts]) =>
    texts.map((text, index) => `  ${paint('dim', (index === 0 ? title : '').padEnd(14))} ${text}`),
  )
  return [paint('bold', `gateway ${version}`), ...lines].join('\n')
}

/** An address as a person can open it: one that listens everywhere is reached on this machine. */
export function urlOf({ host, port, protocol }: Pick<Listening, 'host' | 'port' | 'protocol'>): string {
  const isEverywhere = host === '' || host === '0.0.0.0' || host === '::'
  const name = isEverywhere ? '127.0.0.1' : host
  return `${protocol ?? 'http'}://${name.includes(':') ? `[${name}]` : name}${port === 80 && protocol === undefined ? '' : `:${port}`}`
}

/** A request that a router answers, ready for a shell. */
function tryLine(addresses: readonly Listening[], snapshot: Snapshot | undefined): string[] {
  for (const [, { rule, entryPoints, service }] of routersOfUsers(snapshot)) {
    // What its children want of a request as well, the rule of a parent does not tell.
    if (service === undefined) continue
    const address = addresses.find(({ entryPoint }) => entryPoints.includes(entryPoint))
    const request = exampleRequest(rule)
    if (address === undefined || request === undefined) continue
    return [`curl ${request.host === undefined ? '' : `-H 'Host: ${request.host}' `}${urlOf(address)}${request.path}`]
  }
  return []
}

function streamRoutersOf(snapshot: Snapshot | undefined): number {
  const { tcpRouters = {}, udpRouters = {} } = snapshot?.streams ?? {}
  return Object.keys(tcpRouters).length + Object.keys(udpRouters).length
}

function routersOfUsers(snapshot: Snapshot | undefined): [string, SnapshotRouter][] {
  return Object.entries(snapshot?.routers ?? {}).filter(([name]) => !name.endsWith(`@${INTERNAL}`))
}
