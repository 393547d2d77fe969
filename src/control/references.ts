import type { Middleware, Service } from '../config/dynamic.ts'
import { bareName, providerOf, qualify } from '../config/reference.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Path } from '../findings/finding.ts'
import { quote } from '../findings/show.ts'
import { nearest } from '../findings/suggest.ts'
import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import type { MiddlewareDefinition } from '../middlewares/definition.ts'
import { serviceCatalogue } from '../services/catalogue.ts'
import type { ServiceDefinition } from '../services/definition.ts'
import { type ElementKind, type ElementPath, elementPath, type Origin, type Problem } from './element.ts'
import { type Break, findBreaks, type Reference } from './graph.ts'
import { internalServicesOf, MISSING_INTERNAL_SERVICES, SECTION_OF_SERVICE } from './internal.ts'
import { findLayerFaults } from './layer-faults.ts'
import type { Candidate, CandidateRouter } from './merge.ts'
import { type ProblemFacts, problemAt, spelled, UNKNOWN, withoutChildren } from './problems.ts'
import { referencesOfStreams } from './stream-references.ts'

/** Below the element that holds the reference, in the tree of its provider. */
type Place = Path

/** Finds references to what does not exist, to what is disabled, and in circles: a problem for each, which disables who refers. */
export function checkReferences(
  candidate: Candidate,
  disabled: ReadonlyMap<string, unknown>,
  configuration: StaticConfiguration,
): Problem[] {
  const builtIn = new Set<ElementPath>([
    elementPath('serversTransports', 'default@internal'),
    elementPath('serversTransports', 'default@internal', 'tcp'),
    ...internalServicesOf(configuration).map((name) => elementPath('services', name)),
  ])
  const broken = findBreaks({
    references: new Map([...referencesOf(candidate)].filter(([path]) => !disabled.has(path))),
    isDisabled: (path) => disabled.has(path),
    isBuiltIn: (path) => builtIn.has(path),
  })
  const unusable = new Set<string>([...disabled.keys(), ...broken.map(({ element }) => element)])
  const layers = findLayerFaults(candidate.layers, (name) => candidate.routers.has(name) && !unusable.has(elementPath('routers', name)))
  const breaks = [...broken, ...layers.breaks]
  const known = [...candidate.origins.keys(), ...builtIn]
  const suggested = Math.max(1, MOST_COMPARISONS / known.length)
  return [
    ...breaks.map((one, index) => toProblem(one, candidate, index < suggested ? known : [])),
    ...layers.barren.map((name) => toBarren(elementPath('routers', name), candidate)),
  ]
}

/** Looking for the nearest of thousands of names takes its time: a provider that is wrong throughout must not hold up the others. */
const MOST_COMPARISONS = 50_000

function referencesOf(candidate: Candidate): Map<ElementPath, readonly Reference<Place>[]> {
  const references = referencesOfStreams(candidate.streams)
  for (const [name, router] of candidate.routers) references.set(elementPath('routers', name), referencesOfRouter(router))
  for (const [name, service] of candidate.services)
    references.set(elementPath('services', name), referencesOfService(service, providerOf(name)))
  for (const [name, middleware] of candidate.middlewares)
    references.set(elementPath('middlewares', name), referencesOfMiddleware(middleware, providerOf(name)))
  for (const name of candidate.serversTransports.keys()) references.set(elementPath('serversTransports', name), [])
  return references
}

// What a child asks of its parents is another matter: one that can be used is enough.
function referencesOfRouter({ middlewares, inherited, service }: CandidateRouter): Reference<Place>[] {
  // What the entry point puts in front has no place of its own in the router.
  const places = middlewares.map((_, index) => (index < inherited ? [] : ['middlewares', index - inherited]))
  return [
    ...middlewares.map((name, index) => referenceTo('middlewares', name, places[index] ?? [])),
    ...(service === undefined ? [] : [referenceTo('services', service, ['service'])]),
  ]
}

function referencesOfService(service: Service, provider: string): Reference<Place>[] {
  const own = Object.entries<ServiceDefinition>(serviceCatalogue).flatMap(([kind, definition]) => {
    const options = service[kind as keyof typeof serviceCatalogue]
    const references = options === undefined ? [] : definition.references(options)
    return references.map((one) => referenceTo(one.kind, qualify(one.name, provider), [kind, ...one.place]))
  })
  const middlewares = service.middlewares ?? []
  return [...middlewares.map((name, index) => referenceTo('middlewares', name, ['middlewares', index])), ...own]
}

function referencesOfMiddleware(middleware: Middleware, provider: string): Reference<Place>[] {
  return Object.entries<MiddlewareDefinition>(middlewareCatalogue).flatMap(([kind, definition]) => {
    const options = middleware[kind as keyof typeof middlewareCatalogue]
    const references = options === undefined ? [] : (definition.references?.(options) ?? [])
    return references.map((one) => referenceTo(one.kind, qualify(one.name, provider), [kind, ...one.place]))
  })
}

function referenceTo(kind: ElementKind, name: string, place: Place): Reference<Place> {
  return { kind, name, to: elementPath(kind, name), place }
}

function toProblem(one: Break<Place>, { origins }: Candidate, known: readonly ElementPath[]): Problem {
  const { element, reference } = one
  const origin = originOf(element, origins)
  const path = [...element.split('.').slice(0, 2), origin.name, ...reference.place]
  const others = known.filter((path) => path !== element)
  return problemAt(origin, path, { ...factsOf(one, origin.provider, others), disables: element })
}

function toBarren(router: ElementPath, { origins }: Candidate): Problem {
  return withoutChildren(originOf(router, origins), router)
}

function originOf(element: ElementPath, origins: Candidate['origins']): Origin {
  return origins.get(element) ?? { provider: 'internal', name: element, locate: () => undefined }
}

/** What is wrong, in the words of the provider that refers: its own elements need no `@`. */
function factsOf(one: Break<Place>, provider: string, known: readonly ElementPath[]): ProblemFacts {
  const { kind, name, place } = one.reference
  const { code, noun } = UNKNOWN[kind]
  const shown = quote(spelled(name, provider))
  // A place of its own is followed by what stands there, the router as a whole by what it got from its entry point.
  const subject = place.length > 0 ? `is ${shown}, a ${noun}` : `gets ${shown} from its entry point, a ${noun}`
  if (one.why === 'cycle') return { code: 'GTW_CYCLE', problem: `closes a circle: ${one.circle.map(nameOf).join(' → ')}` }
  if (one.why === 'broken') {
    const effect = kind === 'routers' ? ': this one is not reachable' : ''
    return { code: 'GTW_BROKEN_REFERENCE', problem: `${subject} that is disabled${effect}` }
  }
  if (kind === 'services' && MISSING_INTERNAL_SERVICES.includes(name)) {
    return { code: 'GTW_UNSUPPORTED', severity: 'warning', problem: `${subject} that is not supported yet` }
  }
  const section = kind === 'services' ? SECTION_OF_SERVICE[name] : undefined
  if (section !== undefined) {
    return {
      code,
      problem: `${subject} that is off: ${section.path.split('.').at(-1)} is not enabled`,
      hint: `turn \`${section.path}\` on in the static configuration`,
    }
  }
  const suggestion = suggest(one.reference, provider, known)
  return { code, problem: `${subject} that does not exist`, ...(suggestion === undefined ? {} : { suggestion }) }
}

function nameOf(path: ElementPath): string {
  return path.slice(path.indexOf('.', path.indexOf('.') + 1) + 1)
}

/** The same name at another provider, else the nearest one, written as the provider that refers has to. */
function suggest({ name, to }: Reference<Place>, provider: string, known: readonly ElementPath[]): string | undefined {
  const prefix = to.slice(0, -name.length)
  const names = known.filter((path) => path.startsWith(prefix)).map(nameOf)
  const elsewhere = providerOf(name) === provider ? names.find((one) => bareName(one) === bareName(name)) : undefined
  const spellings = names.map((one) => spelled(one, provider))
  return elsewhere ?? nearest(spelled(name, provider), spellings)
}
