import type { Middleware, Router, ServersTransport, Service } from '../config/dynamic.ts'
import { qualify } from '../config/reference.ts'
import type { SnapshotRouter } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import { quote } from '../findings/show.ts'
import { rulePriority } from '../rule/priority.ts'
import type { Said, Word } from './aggregator.ts'
import { readAuthorities } from './authorities.ts'
import { type ElementKind, type ElementPath, elementPath, type Origin, ownName, type Problem } from './element.ts'
import { INTERNAL } from './internal.ts'
import { HIGHEST_USER_PRIORITY, missing, noEntryPoint, priorityTooHigh, problemAt, unknownEntryPoint } from './problems.ts'
import { chooseEntryPoints, type EntryPointPlan, planEntryPoints, splitRouter } from './router-entry-points.ts'

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
  /** Where each element was defined, also those that are disabled. */
  readonly origins: ReadonlyMap<ElementPath, Origin>
  readonly problems: readonly Problem[]
}

/** Joins what all providers said into one candidate; elements never collide, as each belongs to its provider. */
export function merge(said: Said, configuration: StaticConfiguration): Candidate {
  const plan = planEntryPoints(configuration)
  const candidate = emptyCandidate()
  for (const [provider, rank] of rankProviders(said, configuration)) {
    const word = said.get(provider)
    if (word !== undefined) addWord(candidate, word, { provider, rank, plan })
  }
  return candidate
}

type Draft = ReturnType<typeof emptyCandidate>

function emptyCandidate() {
  return {
    routers: new Map<string, CandidateRouter>(),
    services: new Map<string, Service>(),
    middlewares: new Map<string, Middleware>(),
    serversTransports: new Map<string, ServersTransport>(),
    origins: new Map<ElementPath, Origin>(),
    problems: [] as Problem[],
  }
}

/** The place of each provider in `providers.precedence`; those that are not listed lose, ordered by name. */
function rankProviders(said: Said, { providers }: StaticConfiguration): ReadonlyMap<string, number> {
  const listed = providers.precedence.map((name) => name.toLowerCase())
  const others = [...said.keys()].filter((name) => !listed.includes(name.toLowerCase())).sort()
  const order = [...listed, ...others.map((name) => name.toLowerCase())]
  return new Map([...said.keys()].sort().map((name) => [name, order.indexOf(name.toLowerCase())]))
}

interface Place {
  readonly provider: string
  readonly rank: number
  readonly plan: EntryPointPlan
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
  add('middlewares', (origin, middleware) => draft.middlewares.set(ownName(origin), middleware))
  add('serversTransports', (origin, transport) => addTransport(draft, transport, origin))
  // All names are taken before the first copy for an entry point needs one.
  const routers: [Origin, Router][] = []
  add('routers', (origin, router) => routers.push([origin, router]))
  for (const [origin, router] of routers) addRouter(draft, router, { ...place, origin })
}

/** Workers get certificates, not files: what cannot be read is told once, here, and never trusted instead of the rest. */
function addTransport(draft: Draft, transport: ServersTransport, origin: Origin): void {
  const { texts, unreadable } = readAuthorities(transport.rootCAs)
  for (const { index, file, reason } of unreadable) {
    const path = ['http', 'serversTransports', origin.name, 'rootCAs', index]
    const problem = `is ${quote(file)}, a file that cannot be read (${reason})`
    draft.problems.push(
      problemAt(origin, path, { code: 'GTW_UNREADABLE', problem, disables: elementPath('serversTransports', ownName(origin)) }),
    )
  }
  draft.serversTransports.set(ownName(origin), { ...transport, rootCAs: texts })
}

function qualifyService(service: Service, provider: string): Service {
  const { loadBalancer } = service
  if (!loadBalancer?.serversTransport) return service
  return { ...service, loadBalancer: { ...loadBalancer, serversTransport: qualify(loadBalancer.serversTransport, provider) } }
}

function addRouter(draft: Draft, router: Router, place: Place & { readonly origin: Origin }): void {
  const { provider, rank, plan, origin } = place
  const { valid, problems } = checkEntryPoints(router, place)
  problems.push(...checkFields(router, origin))
  draft.problems.push(...problems)
  if (problems.some(({ disables }) => disables !== undefined)) return
  const { rule = '', service = '' } = router
  const whole = { rule, priority: priorityOf(router), rank, service: qualify(service, provider) }
  const own = router.middlewares.map((name) => qualify(name, provider))
  for (const { prefix, entryPoints, model } of splitRouter(plan, valid)) {
    const name = freeName(draft, prefix, ownName(origin))
    draft.origins.set(elementPath('routers', name), origin)
    const inherited = model.middlewares.map((one) => qualify(one, provider))
    const denied = model.deniedCharacters.length === 0 ? {} : { deniedCharacters: model.deniedCharacters }
    draft.routers.set(name, { ...whole, ...denied, entryPoints, middlewares: [...inherited, ...own], inherited: inherited.length })
  }
}

function checkEntryPoints(router: Router, { plan, origin }: { readonly plan: EntryPointPlan; readonly origin: Origin }) {
  const { valid, unknown } = chooseEntryPoints(plan, router.entryPoints)
  const problems = unknown.map((one): Problem => unknownEntryPoint(origin, one, valid.length > 0))
  if (valid.length === 0 && unknown.length === 0) problems.push(noEntryPoint(origin))
  return { valid, problems }
}

function checkFields(router: Router, origin: Origin): Problem[] {
  const problems: Problem[] = []
  if (!router.rule) problems.push(missing(origin, 'rule'))
  if (!router.service) problems.push(missing(origin, 'service'))
  const priority = priorityOf(router)
  if (origin.provider !== INTERNAL && priority > HIGHEST_USER_PRIORITY) problems.push(priorityTooHigh(origin, priority))
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
