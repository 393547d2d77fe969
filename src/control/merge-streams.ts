import { parseAddress } from '../config/entry-point.ts'
import { qualify } from '../config/reference.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { SnapshotTcpRouter, TcpMiddleware, TcpRouter, TcpServersTransport, TcpService } from '../config/tcp.ts'
import type { SnapshotUdpRouter, UdpRouter, UdpService } from '../config/udp.ts'
import { quote } from '../findings/show.ts'
import { rulePriority } from '../rule/priority.ts'
import type { RuleSyntax } from '../rule/syntaxes.ts'
import { isCatchAllRule } from '../rule/tcp.ts'
import type { Word } from './aggregator.ts'
import type { ExpiryJudge } from './certificates/expiry-judge.ts'
import { settleRouterTls } from './certificates/router-tls.ts'
import { checkEntryPoints } from './check-entry-points.ts'
import { type ElementKind, type ElementPath, elementPath, type Origin, ownName, type Problem, type Protocol } from './element.ts'
import { HIGHEST_USER_PRIORITY, missing, priorityTooHigh, problemAt, spelled } from './problems.ts'
import { readTransport } from './read-transport.ts'
import type { EntryPointPlan } from './router-entry-points.ts'

/** What providers say of raw TCP and UDP, under qualified names. */
export interface StreamCandidate {
  readonly tcpRouters: Map<string, SnapshotTcpRouter>
  readonly tcpServices: Map<string, TcpService>
  readonly tcpMiddlewares: Map<string, TcpMiddleware>
  readonly tcpServersTransports: Map<string, TcpServersTransport>
  readonly udpRouters: Map<string, SnapshotUdpRouter>
  readonly udpServices: Map<string, UdpService>
}

/** The candidate that is being merged, as far as streams are concerned. */
export interface StreamDraft {
  readonly streams: StreamCandidate
  readonly origins: Map<ElementPath, Origin>
  readonly problems: Problem[]
  readonly expiry: ExpiryJudge
}

/** Who speaks, and what their routers may name. */
export interface StreamPlace {
  readonly provider: string
  readonly rank: number
  readonly plan: EntryPointPlan
  readonly udpPlan: UdpPlan
  readonly resolvers: readonly string[]
  readonly ruleSyntax: RuleSyntax
}

type UdpPlan = Pick<EntryPointPlan, 'names' | 'defaults'>

/** Where a draft begins. */
export function emptyStreams(): StreamCandidate {
  return {
    tcpRouters: new Map(),
    tcpServices: new Map(),
    tcpMiddlewares: new Map(),
    tcpServersTransports: new Map(),
    udpRouters: new Map(),
    udpServices: new Map(),
  }
}

/** The entry points of UDP; a router that names none listens to all of them. */
export function planUdpEntryPoints({ entryPoints }: Pick<StaticConfiguration, 'entryPoints'>): UdpPlan {
  const udp = Object.entries(entryPoints).filter(([, { address }]) => {
    const parsed = parseAddress(address)
    return 'protocol' in parsed && parsed.protocol === 'udp'
  })
  const names = udp.map(([name]) => name).sort()
  return { names, defaults: names }
}

/** Adds what one provider says of TCP and UDP. */
export function addStreams(draft: StreamDraft, word: Word, place: StreamPlace): void {
  const { provider } = place
  const { tcp, udp } = word.configuration
  const { streams } = draft
  const disabled = new Set(word.problems.map(({ disables }) => disables))
  const add = <Element>(
    [protocol, kind]: readonly [Protocol, ElementKind],
    elements: Readonly<Record<string, Element>>,
    take: (origin: Origin, element: Element) => void,
  ): void => {
    for (const [name, element] of Object.entries(elements)) {
      const origin: Origin = { provider, name, locate: word.locate, protocol }
      const path = elementPath(kind, ownName(origin), protocol)
      draft.origins.set(path, origin)
      if (!disabled.has(path)) take(origin, element)
    }
  }
  add(['tcp', 'services'], tcp.services, (origin, service) => streams.tcpServices.set(ownName(origin), qualifyTransport(service, provider)))
  add(['tcp', 'middlewares'], tcp.middlewares, (origin, middleware) => streams.tcpMiddlewares.set(ownName(origin), middleware))
  add(['tcp', 'serversTransports'], tcp.serversTransports, (origin, transport) => addTransport(draft, transport, origin))
  add(['tcp', 'routers'], tcp.routers, (origin, router) => addTcpRouter(draft, router, { ...place, origin }))
  add(['udp', 'services'], udp.services, (origin, service) => streams.udpServices.set(ownName(origin), service))
  add(['udp', 'routers'], udp.routers, (origin, router) => addUdpRouter(draft, router, { plan: place.udpPlan, origin }))
}

/** Warns of routers that share an entry point of UDP: datagrams tell nothing that could choose between them. */
export function reportSharedEntryPoints({ streams, origins, problems }: StreamDraft): void {
  const names = [...streams.udpRouters.keys()].sort().reverse()
  const first = new Map<string, string>()
  for (const name of names) {
    const origin = origins.get(elementPath('routers', name, 'udp'))
    for (const entryPoint of streams.udpRouters.get(name)?.entryPoints ?? []) {
      const winner = first.get(entryPoint)
      if (winner === undefined) first.set(entryPoint, name)
      else if (origin !== undefined) {
        const problem = `gets nothing from ${quote(entryPoint)}: an entry point of UDP has one router, and ${quote(spelled(winner, origin.provider))} comes first`
        problems.push(problemAt(origin, ['udp', 'routers', origin.name], { code: 'GTW_CONFLICT', severity: 'warning', problem }))
      }
    }
  }
}

function qualifyTransport(service: TcpService, provider: string): TcpService {
  const { loadBalancer } = service
  if (!loadBalancer?.serversTransport) return service
  return { ...service, loadBalancer: { ...loadBalancer, serversTransport: qualify(loadBalancer.serversTransport, provider) } }
}

/** As for HTTP: workers get certificates, not files, and a transport without a part would be weaker. */
function addTransport({ streams, problems, expiry }: StreamDraft, configured: TcpServersTransport, origin: Origin): void {
  const { transport: tls, bad } = readTransport(configured.tls, expiry)
  for (const { place, ...facts } of bad) {
    const path = ['tcp', 'serversTransports', origin.name, 'tls', ...place]
    const disables = facts.severity === 'error' ? { disables: elementPath('serversTransports', ownName(origin), 'tcp') } : {}
    problems.push(problemAt(origin, path, { ...facts, ...disables }))
  }
  streams.tcpServersTransports.set(ownName(origin), { ...configured, tls })
}

function addTcpRouter(draft: StreamDraft, router: TcpRouter, place: StreamPlace & { readonly origin: Origin }): void {
  const { provider, rank, plan, origin, resolvers } = place
  const { rule = '', service = '', ruleSyntax = 'default' } = router
  const syntax = ruleSyntax === 'default' ? place.ruleSyntax : ruleSyntax
  const priority = router.priority || (isCatchAllRule(rule, syntax) ? -1n : rulePriority(rule))
  const { valid, problems } = checkEntryPoints(router, { plan, origin })
  if (rule === '') problems.push(missing(origin, 'rule'))
  if (service === '') problems.push(missing(origin, 'service'))
  if (priority > HIGHEST_USER_PRIORITY) problems.push(priorityTooHigh(origin, priority))
  const tls = tlsOf(router, origin, resolvers)
  draft.problems.push(...problems, ...tls.problems)
  if (problems.some(({ disables }) => disables !== undefined)) return
  draft.streams.tcpRouters.set(ownName(origin), {
    entryPoints: valid,
    rule,
    ruleSyntax: syntax,
    priority,
    rank,
    middlewares: router.middlewares.map((name) => qualify(name, provider)),
    service: qualify(service, provider),
    ...(tls.settled === undefined ? {} : { tls: tls.settled }),
  })
}

interface TcpTls {
  readonly settled?: NonNullable<SnapshotTcpRouter['tls']>
  readonly problems: readonly Problem[]
}

function tlsOf({ tls }: TcpRouter, origin: Origin, resolvers: readonly string[]): TcpTls {
  if (tls === undefined) return { problems: [] }
  if (tls.passthrough) return { settled: { passthrough: true }, problems: [] }
  const { tls: settled, problems } = settleRouterTls(tls, origin, resolvers)
  return { settled, problems }
}

function addUdpRouter(draft: StreamDraft, router: UdpRouter, place: { readonly plan: UdpPlan; readonly origin: Origin }): void {
  const { origin } = place
  const { service = '' } = router
  const { valid, problems } = checkEntryPoints(router, place)
  if (service === '') problems.push(missing(origin, 'service'))
  draft.problems.push(...problems)
  if (problems.some(({ disables }) => disables !== undefined)) return
  draft.streams.udpRouters.set(ownName(origin), { entryPoints: valid, service: qualify(service, origin.provider) })
}
