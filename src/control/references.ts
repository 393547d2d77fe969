import type { Service } from '../config/dynamic.ts'
import { bareName, providerOf } from '../config/reference.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Path } from '../findings/finding.ts'
import { quote } from '../findings/show.ts'
import { nearest } from '../findings/suggest.ts'
import { type ElementKind, type ElementPath, elementPath, type Problem } from './element.ts'
import { type Break, findBreaks, type Reference } from './graph.ts'
import { INTERNAL_SERVICES, MISSING_INTERNAL_SERVICES } from './internal.ts'
import type { Candidate, CandidateRouter } from './merge.ts'
import { type ProblemFacts, problemAt, spelled, UNKNOWN } from './problems.ts'

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
    ...INTERNAL_SERVICES.filter((name) => name !== 'ping@internal' || configuration.ping !== undefined).map((name) =>
      elementPath('services', name),
    ),
  ])
  const breaks = findBreaks({
    references: new Map([...referencesOf(candidate)].filter(([path]) => !disabled.has(path))),
    isDisabled: (path) => disabled.has(path),
    isBuiltIn: (path) => builtIn.has(path),
  })
  const known = [...candidate.origins.keys(), ...builtIn]
  const suggested = Math.max(1, MOST_COMPARISONS / known.length)
  return breaks.map((one, index) => toProblem(one, candidate, index < suggested ? known : []))
}

/** Looking for the nearest of thousands of names takes its time: a provider that is wrong throughout must not hold up the others. */
const MOST_COMPARISONS = 50_000

function referencesOf(candidate: Candidate): Map<ElementPath, readonly Reference<Place>[]> {
  const references = new Map<ElementPath, readonly Reference<Place>[]>()
  for (const [name, router] of candidate.routers) references.set(elementPath('routers', name), referencesOfRouter(router))
  for (const [name, service] of candidate.services) references.set(elementPath('services', name), referencesOfService(service))
  for (const name of candidate.middlewares.keys()) references.set(elementPath('middlewares', name), [])
  for (const name of candidate.serversTransports.keys()) references.set(elementPath('serversTransports', name), [])
  return references
}

function referencesOfRouter({ middlewares, inherited, service }: CandidateRouter): Reference<Place>[] {
  // What the entry point puts in front has no place of its own in the router.
  const places = middlewares.map((_, index) => (index < inherited ? [] : ['middlewares', index - inherited]))
  return [
    ...middlewares.map((name, index) => referenceTo('middlewares', name, places[index] ?? [])),
    referenceTo('services', service, ['service']),
  ]
}

function referencesOfService({ loadBalancer }: Service): Reference<Place>[] {
  const transport = loadBalancer?.serversTransport
  return transport === undefined ? [] : [referenceTo('serversTransports', transport, ['loadBalancer', 'serversTransport'])]
}

function referenceTo(kind: ElementKind, name: string, place: Place): Reference<Place> {
  return { kind, name, to: elementPath(kind, name), place }
}

function toProblem(one: Break<Place>, { origins }: Candidate, known: readonly ElementPath[]): Problem {
  const { element, reference } = one
  const origin = origins.get(element) ?? { provider: 'internal', name: element, locate: () => undefined }
  const path = ['http', element.split('.')[1] ?? '', origin.name, ...reference.place]
  return problemAt(origin, path, { ...factsOf(one, origin.provider, known), disables: element })
}

/** What is wrong, in the words of the provider that refers: its own elements need no `@`. */
function factsOf(one: Break<Place>, provider: string, known: readonly ElementPath[]): ProblemFacts {
  const { kind, name, place } = one.reference
  const { code, noun } = UNKNOWN[kind]
  const shown = quote(spelled(name, provider))
  // A place of its own is followed by what stands there, the router as a whole by what it got from its entry point.
  const subject = place.length > 0 ? `is ${shown}, a ${noun}` : `gets ${shown} from its entry point, a ${noun}`
  if (one.why === 'cycle') return { code: 'GTW_CYCLE', problem: `closes a circle: ${one.circle.map(nameOf).join(' → ')}` }
  if (one.why === 'broken') return { code: 'GTW_BROKEN_REFERENCE', problem: `${subject} that is disabled` }
  if (kind === 'services' && MISSING_INTERNAL_SERVICES.includes(name)) {
    return { code: 'GTW_UNSUPPORTED', severity: 'warning', problem: `${subject} that is not supported yet` }
  }
  if (name === 'ping@internal') return { code, problem: `${subject} that is off`, hint: 'turn `ping` on in the static configuration' }
  const suggestion = suggest(one.reference, provider, known)
  return { code, problem: `${subject} that does not exist`, ...(suggestion === undefined ? {} : { suggestion }) }
}

function nameOf(path: ElementPath): string {
  return path.slice(path.indexOf('.', 'http.'.length) + 1)
}

/** The same name at another provider, else the nearest one, written as the provider that refers has to. */
function suggest({ kind, name }: Reference<Place>, provider: string, known: readonly ElementPath[]): string | undefined {
  const prefix = elementPath(kind, '')
  const names = known.filter((path) => path.startsWith(prefix)).map(nameOf)
  const elsewhere = providerOf(name) === provider ? names.find((one) => bareName(one) === bareName(name)) : undefined
  const spellings = names.map((one) => spelled(one, provider))
  return elsewhere ?? nearest(spelled(name, provider), spellings)
}
