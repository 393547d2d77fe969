import type { BuildInput, Snapshot, StreamRecords } from '../config/snapshot.ts'
import type { TcpServersTransport } from '../config/tcp.ts'
import type { Finding } from '../findings/finding.ts'
import type { Time } from '../middlewares/definition.ts'
import { literalHosts } from '../rule/compile.ts'
import { compileKnownRule } from '../rule/known-rules.ts'
import type { StreamAddress } from '../tcp/address.ts'
import type { TcpContext } from '../tcp/definition.ts'
import { toFinding } from './build-error.ts'
import { TcpBuilder } from './build-tcp.ts'
import { udpServices } from './build-udp.ts'
import { TcpRoutes } from './tcp-routes.ts'
import type { TcpRoute } from './tcp-table.ts'

/** What streams need from the thread they are built in. */
export interface StreamContext extends Pick<TcpContext, 'keep' | 'cells'> {
  /** Names of all entry points. */
  readonly entryPoints: readonly string[]
  /** `default@internal`: for services that name no transport. */
  readonly defaultTransport: TcpServersTransport
  readonly time: Time
}

/** What serves raw TCP and UDP. */
export interface BuiltStreams {
  /** By entry point; only those that have TCP routers. */
  readonly tcp: ReadonlyMap<string, TcpRoutes>
  /** By entry point: the server of the next session. */
  readonly udp: ReadonlyMap<string, () => StreamAddress | undefined>
  /** What did not build, each with its path; only that element is left out. */
  readonly findings: readonly Finding[]
  /** The shared state that was asked for: words by key. */
  readonly cells: ReadonlyMap<string, number>
}

const NOTHING: BuiltStreams = { tcp: new Map(), udp: new Map(), findings: [], cells: new Map() }

/** Builds what serves TCP and UDP. Never throws for a bad element: it is left out with a finding. */
export function buildStreams(snapshot: Snapshot, context: StreamContext): BuiltStreams {
  const steps = buildStreamSteps({ ...snapshot, routers: Object.entries(snapshot.routers) }, context)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The same one router at a time, for a thread that has connections to serve meanwhile. */
export function* buildStreamSteps(snapshot: BuildInput, context: StreamContext): Generator<void, BuiltStreams> {
  const { streams } = snapshot
  if (streams === undefined) return NOTHING
  const findings = new Map<string, Finding>()
  const cells = new Map<string, number>()
  const noting: StreamContext = {
    ...context,
    cells: (key, size) => {
      cells.set(key, size)
      return context.cells(key, size)
    },
  }
  const attempt = <T>(path: string, make: () => T): T | undefined => {
    try {
      return make()
    } catch (error) {
      const finding = toFinding(path, error as Error)
      findings.set(`${finding.path} ${finding.message}`, finding)
      return undefined
    }
  }
  const routes = yield* tcpRoutes(streams, noting, attempt)
  const tcp = new Map<string, TcpRoutes>()
  for (const [entryPoint, list] of routes) {
    tcp.set(entryPoint, new TcpRoutes(list, yield* hasHttpsForAll(snapshot, entryPoint)))
  }
  return { tcp, udp: udpTargets(streams, noting, attempt), findings: [...findings.values()], cells }
}

type Attempt = <T>(path: string, make: () => T) => T | undefined

function* tcpRoutes(streams: StreamRecords, context: StreamContext, attempt: Attempt): Generator<void, Map<string, TcpRoute[]>> {
  const builder = new TcpBuilder(streams, context)
  const routes = new Map<string, TcpRoute[]>()
  for (const [name, router] of Object.entries(streams.tcpRouters)) {
    const route = attempt(`tcp.routers.${name}`, () => builder.route(name, router))
    for (const entryPoint of route === undefined ? [] : router.entryPoints) {
      const list = routes.get(entryPoint)
      if (list === undefined) routes.set(entryPoint, [route as TcpRoute])
      else list.push(route as TcpRoute)
    }
    yield
  }
  // What no router uses is built as well: what is wrong with it should be known.
  for (const name of Object.keys(streams.tcpServices)) attempt(`tcp.services.${name}`, () => builder.service(name))
  return routes
}

/** Names of routers decide, in descending order: one entry point has one router. */
function udpTargets(streams: StreamRecords, context: StreamContext, attempt: Attempt): Map<string, () => StreamAddress | undefined> {
  const services = udpServices(streams, context)
  const targets = new Map<string, () => StreamAddress | undefined>()
  for (const name of Object.keys(streams.udpRouters).sort().reverse()) {
    const router = streams.udpRouters[name]
    const pick = router && attempt(`udp.routers.${name}`, () => services.get(router.service))
    if (router === undefined || pick === undefined) continue
    for (const entryPoint of router.entryPoints) if (!targets.has(entryPoint)) targets.set(entryPoint, pick)
  }
  for (const name of Object.keys(streams.udpServices)) attempt(`udp.services.${name}`, () => services.get(name))
  return targets
}

function* hasHttpsForAll({ routers }: BuildInput, entryPoint: string): Generator<void, boolean> {
  for (const [, { entryPoints, tls, rule, ruleSyntax }] of routers) {
    yield
    if (tls === undefined || !entryPoints.includes(entryPoint)) continue
    const hosts = literalHosts(compileKnownRule(rule, ruleSyntax).tree)
    if (!hosts.some((host) => !host.includes('*') || host.startsWith('*.'))) return true
  }
  return false
}
