import type { Middleware, Router, Service } from '../config/dynamic.ts'
import { qualify } from '../config/reference.ts'
import type { ServersTransport } from '../config/servers-transport.ts'
import type { SnapshotRouter } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { RouterTls } from '../config/tls.ts'
import { rulePriority } from '../rule/priority.ts'
import type { RuleSyntax } from '../rule/syntaxes.ts'
import type { TlsSettings } from '../tls/settings.ts'
import type { Said, Word } from './aggregator.ts'
import { ExpiryJudge } from './certificates/expiry-judge.ts'
import { settleRouterTls } from './certificates/router-tls.ts'
import { settleTls } from './certificates/settle-tls.ts'
import { checkEntryPoints } from './check-entry-points.ts'
import { type ElementKind, type ElementPath, elementPath, type Origin, ownName, type Problem } from './element.ts'
import { INTERNAL } from './internal.ts'
import { addStreams, emptyStreams, planUdpEntryPoints, reportSharedEntryPoints, type StreamCandidate } from './merge-streams.ts'
import { prepareMiddleware } from './prepare-middleware.ts'
import { HIGHEST_USER_PRIORITY, missing, priorityTooHigh, problemAt } from './problems.ts'
import { readTransport } from './read-transport.ts'
import { type EntryPointPlan, planEntryPoints, type RouterPart, splitRouter } from './router-entry-points.ts'
import { CHILD_PART, checkLayer, type Layers, type ParentRefs, parentRefsOf, settleLayers } from './router-layers.ts'

/** A router of the candidate; the first `inherited` of its middlewares come from its entry point. */
export interface CandidateRouter extends SnapshotRouter {
  readonly inherited: number
}

/** Everything that providers say, under qualified names, without what is disabled. */
export interface Candidate {
  readonly routers: ReadonlyMap<string, CandidateRouter>
  readonly services: ReadonlyMap<string, Service>
  readonly middlewares: ReadonlyMap<string, Middleware>
  readonly serversTransports: ReadonlyMap<string, ServersTransport>
  readonly streams: StreamCandidate
  readonly layers: Layers
  /** Undefined where nothing is served with TLS. */
  readonly tls: TlsSettings | undefined
  /** Where each element was defined, also those that are disabled. */
  readonly origins: ReadonlyMap<ElementPath, Origin>
  readonly problems: readonly Problem[]
}

/** Joins what all providers said into one candidate; elements never collide, as each belongs to its provider. */
export function merge(said: Said, configuration: StaticConfiguration, expiry = new ExpiryJudge(Date.now())): Candidate {
  const plan = planEntryPoints(configuration)
  const udpPlan = planUdpEntryPoints(configuration)
  const ruleSyntax = configuration.core?.defaultRuleSyntax ?? 'v3'
  const parentRefs = parentRefsOf(said)
  const resolvers = Object.keys(configuration.certificatesResolvers)
  const ranks = rankProviders(said, configuration)
  const candidate = emptyCandidate(expiry)
  for (const [provider, rank] of ranks) {
    const word = said.get(provider)
    const place = { provider, rank, plan, parentRefs, resolvers, ruleSyntax: provider === INTERNAL ? 'v3' : ruleSyntax } as const
    if (word === undefined) continue
    addWord(candidate, word, place)
    addStreams(candidate, word, { ...place, udpPlan })
  }
  reportSharedEntryPoints(candidate)
  const entryPoints = [...plan.models].flatMap(([name, model]) => (model.tls ? [name] : []))
  const tls = settleTls(candidate, { words: inOrder(said, ranks), entryPoints, resolvers })
  return { ...candidate, tls, layers: settleLayers(candidate, parentRefs) }
}

type Draft = ReturnType<typeof emptyCandidate>

function emptyCandidate(expiry: ExpiryJudge) {
  return {
    routers: new Map<string, CandidateRouter>(),
    services: new Map<string, Service>(),
    middlewares: new Map<string, Middleware>(),
    serversTransports: new Map<string, ServersTransport>(),
    streams: emptyStreams(),
    origins: new Map<ElementPath, Origin>(),
    problems: [] as Problem[],
    expiry,
  }
}

/** The place of each provider in `providers.precedence`; those that are not listed lose, ordered by name. */
function rankProviders(said: Said, { providers }: StaticConfiguration): ReadonlyMap<string, number> {
  const listed = providers.precedence.map((name) => name.toLowerCase())
  const others = [...said.keys()].filter((name) => !listed.includes(name.toLowerCase())).sort()
  const order = [...listed, ...others.map((name) => name.toLowerCase())]
  return new Map([...said.keys()].sort().map((name) => [name, order.indexOf(name.toLowerCase())]))
}

/** Words by rank: who spoke first must not matter. */
function inOrder(said: Said, ranks: ReadonlyMap<string, number>): Said {
  return new Map([...said].toSorted(([one], [other]) => (ranks.get(one) ?? 0) - (ranks.get(other) ?? 0)))
}

interface Place {
  readonly provider: string
  readonly rank: number
  readonly plan: EntryPointPlan
  readonly parentRefs: ParentRefs
  /** Names of all resolvers of certificates. */
  readonly resolvers: readonly string[]
  /** Of routers that name none. */
  readonly ruleSyntax: RuleSyntax
}

function addWord(draft: Draft, word: Word, place: Place): void {
  const { provider } = place
  for (const problem of [...word.problems, ...word.reported]) draft.problems.push(problem)
  const disabled = new Set(word.problems.map(({ disables }) => disables))
  const { http } = word.configuration
  const add = <Kind extends ElementKind>(kind: Kind, take: (origin: Origin, element: (typeof http)[Kind][string]) => void): void => {
    for (const [name, element] of Object.entries(http[kind])) {
      const origin = { provider, name, locate: word.locate }
      const path = elementPath(kind, ownName(origin))
      draft.origins.set(path, origin)
      if (!disabled.has(path)) take(origin, element)
    }
  }
  add('services', (origin, service) => draft.services.set(ownName(origin), qualifyService(service, provider)))
  add('middlewares', (origin, middleware) => addMiddleware(draft, middleware, origin))
  add('serversTransports', (origin, transport) => addTransport(draft, transport, origin))
  // All names are taken before the first copy for an entry point needs one.
  const routers: [Origin, Router][] = []
  add('routers', (origin, router) => routers.push([origin, router]))
  for (const [origin, router] of routers) addRouter(draft, router, { ...place, origin })
}

/** Workers get certificates, not files. What is wrong with a part takes the transport along: without the part it would be weaker. */
function addTransport(draft: Draft, configured: ServersTransport, origin: Origin): void {
  const { transport, bad } = readTransport(configured, draft.expiry)
  for (const { place, ...facts } of bad) {
    const path = ['http', 'serversTransports', origin.name, ...place]
    const disables = facts.severity === 'error' ? { disables: elementPath('serversTransports', ownName(origin)) } : {}
    draft.problems.push(problemAt(origin, path, { ...facts, ...disables }))
  }
  draft.serversTransports.set(ownName(origin), transport)
}

function addMiddleware(draft: Draft, middleware: Middleware, origin: Origin): void {
  const prepared = prepareMiddleware(middleware)
  if ('middleware' in prepared) {
    draft.middlewares.set(ownName(origin), prepared.middleware)
    return
  }
  const path = ['http', 'middlewares', origin.name, prepared.kind]
  const disables = elementPath('middlewares', ownName(origin))
  draft.problems.push(problemAt(origin, path, { code: 'GTW_UNREADABLE', problem: prepared.problem, disables }))
}

/** Children keep the names that they were given: hashes and cookies are made of them. */
function qualifyService({ loadBalancer, middlewares, ...others }: Service, provider: string): Service {
  const { serversTransport } = loadBalancer ?? {}
  return {
    ...others,
    ...(loadBalancer === undefined ? {} : { loadBalancer }),
    ...(loadBalancer && serversTransport
      ? { loadBalancer: { ...loadBalancer, serversTransport: qualify(serversTransport, provider) } }
      : {}),
    ...(middlewares === undefined ? {} : { middlewares: middlewares.map((name) => qualify(name, provider)) }),
  }
}

function addRouter(draft: Draft, router: Router, place: Place & { readonly origin: Origin }): void {
  const { provider, rank, origin } = place
  const { parts, problems } = partsOf(router, place)
  const isParent = place.parentRefs.named.has(ownName(origin))
  problems.push(...checkFields(router, origin), ...checkLayer(router, isParent, origin))
  draft.problems.push(...problems)
  if (problems.some(({ disables }) => disables !== undefined)) return
  const { rule = '', service = '' } = router
  const target = isParent ? {} : { service: qualify(service, provider) }
  const byDefault = router.ruleSyntax === 'default' && provider !== INTERNAL ? { isByDefault: true as const } : {}
  const whole = { rule, ruleSyntax: syntaxOf(router, place), ...byDefault, priority: priorityOf(router), rank, ...target }
  const own = router.middlewares.map((name) => qualify(name, provider))
  for (const { prefix, entryPoints, model } of parts) {
    const name = freeName(draft, prefix, ownName(origin))
    draft.origins.set(elementPath('routers', name), origin)
    const inherited = model.middlewares.map((one) => qualify(one, provider))
    const denied = model.deniedCharacters.length === 0 ? {} : { deniedCharacters: model.deniedCharacters }
    const tls = tlsOf(router.tls ?? model.tls, place, draft)
    const isMeasured = router.observability?.metrics ?? model.observability?.metrics ?? true
    const unmeasured = isMeasured ? {} : { unmeasured: true as const }
    draft.routers.set(name, {
      ...whole,
      ...denied,
      ...unmeasured,
      ...tls,
      entryPoints,
      middlewares: [...inherited, ...own],
      inherited: inherited.length,
    })
  }
}

/** What the entry points of a router make of it; a child has none. */
function partsOf(router: Router, place: Place & { readonly origin: Origin }): { parts: readonly RouterPart[]; problems: Problem[] } {
  if (router.parentRefs !== undefined) return { parts: [CHILD_PART], problems: [] }
  const { valid, problems } = checkEntryPoints(router, place)
  // What an entry point does to requests must not stand between an authority and its answer.
  const isChallenge = place.provider === INTERNAL && router.service === 'acme-http@internal'
  return { parts: isChallenge ? [{ ...CHILD_PART, entryPoints: valid }] : splitRouter(place.plan, valid), problems }
}

// The default of the configuration comes with entry points, so it holds for no child; and a default rule is always in v3.
function syntaxOf({ ruleSyntax, parentRefs }: Router, place: Place): RuleSyntax {
  if (ruleSyntax === 'default') return 'v3'
  return ruleSyntax ?? (parentRefs === undefined ? place.ruleSyntax : 'v3')
}

function tlsOf(
  tls: RouterTls | undefined,
  { origin, resolvers }: Place & { readonly origin: Origin },
  draft: Draft,
): Pick<CandidateRouter, 'tls'> {
  if (tls === undefined) return {}
  const settled = settleRouterTls(tls, origin, resolvers)
  draft.problems.push(...settled.problems)
  return { tls: settled.tls }
}

function checkFields(router: Router, origin: Origin): Problem[] {
  const problems: Problem[] = []
  if (!router.rule) problems.push(missing(origin, 'rule'))
  const priority = priorityOf(router)
  // A child stands in nobody's way but that of other children.
  const mayBeHighest = origin.provider === INTERNAL || router.parentRefs !== undefined
  if (!mayBeHighest && priority > HIGHEST_USER_PRIORITY) problems.push(priorityTooHigh(origin, priority))
  return problems
}

// Without a priority, or with 0, the length of the rule is one.
function priorityOf({ priority, rule }: Router): bigint {
  return priority || rulePriority(rule ?? '')
}

// A copy for one entry point must not take the place of a router that happens to have its name.
function freeName(draft: Draft, prefix: string | undefined, name: string): string {
  if (prefix === undefined) return name
  const copy = `${prefix}-${name}`
  return draft.origins.has(elementPath('routers', copy)) ? freeName(draft, prefix, copy) : copy
}
