import { providerOf } from '../config/reference.ts'
import type { Finding, FindingCode, Path } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { quote } from '../findings/show.ts'
import { type ElementKind, type ElementPath, elementPath, type Origin, ownElementAt, ownName, type Problem, sourceOf } from './element.ts'
import type { UnknownEntryPoint } from './router-entry-points.ts'

/** The highest priority that users may give: what is above is kept for the gateway's own routers. */
export const HIGHEST_USER_PRIORITY = 2n ** 63n - 1n - 1000n

/** A router names an entry point that does not exist; with another one left it works all the same. */
export function unknownEntryPoint(origin: Origin, { name, index, suggestion }: UnknownEntryPoint, works: boolean): Problem {
  return problemAt(origin, [...routerAt(origin), 'entryPoints', index], {
    code: 'GTW_UNKNOWN_ENTRY_POINT',
    severity: works ? 'warning' : 'error',
    problem: `is ${quote(name)}, an entry point that does not exist`,
    ...(suggestion === undefined ? {} : { suggestion }),
    ...(works ? {} : disabling(origin)),
  })
}

/** A router names no entry point, and there is none that would serve it. */
export function noEntryPoint(origin: Origin): Problem {
  const problem = 'names no entry point, and there is none by default'
  return problemAt(origin, routerAt(origin), { code: 'GTW_UNKNOWN_ENTRY_POINT', problem, ...disabling(origin) })
}

/** A router lacks what no router can do without. */
export function missing(origin: Origin, field: 'rule' | 'service'): Problem {
  const facts = { code: 'GTW_MISSING', problem: 'is missing', expected: 'a string' } as const
  return problemAt(origin, [...routerAt(origin), field], { ...facts, ...disabling(origin) })
}

/** A child names what only a router of an entry point can have. */
export function onlyWithoutParents(origin: Origin, field: 'entryPoints' | 'tls' | 'observability'): Problem {
  const problem = 'is set, and a router with parents has none of its own'
  const hint = 'set it on the router at the top'
  return problemAt(origin, [...routerAt(origin), field], { code: 'GTW_BAD_VALUE', problem, hint, ...disabling(origin) })
}

/** Others name a router with a service as their parent: at the top they are routed all the same, and the service is never asked. */
export function serviceOfParent(origin: Origin, isChild: boolean): Problem {
  const problem = 'is never asked: the router is referenced as a parent by other routers'
  const facts = { code: 'GTW_BAD_VALUE', problem, ...(isChild ? disabling(origin) : {}) } as const
  return problemAt(origin, [...routerAt(origin), 'service'], facts)
}

/** A parent has nobody who answers. */
export function withoutChildren(origin: Origin, router: ElementPath): Problem {
  const problem = 'has no child router that can be used'
  return problemAt(origin, routerAt(origin), { code: 'GTW_BROKEN_REFERENCE', problem, disables: router })
}

/** A router of a user stands above the gateway's own. */
export function priorityTooHigh(origin: Origin, priority: bigint): Problem {
  return problemAt(origin, [...routerAt(origin), 'priority'], {
    code: 'GTW_PRIORITY_TOO_HIGH',
    problem: `is ${priority}`,
    expected: `at most ${HIGHEST_USER_PRIORITY}`,
    ...disabling(origin),
  })
}

/** A certificate is wanted from a resolver that nobody has configured; by a router, which is served all the same, unless `path` says who. */
export function unknownResolver(
  origin: Origin,
  name: string,
  suggestion: string | undefined,
  path: Path = [...routerAt(origin), 'tls', 'certResolver'],
): Problem {
  const problem = `is ${quote(name)}, a certificates resolver that does not exist`
  const facts = { code: 'GTW_UNKNOWN_RESOLVER', severity: 'warning', problem, ...(suggestion === undefined ? {} : { suggestion }) } as const
  return problemAt(origin, path, facts)
}

function routerAt({ name, protocol = 'http' }: Origin): Path {
  return [protocol, 'routers', name]
}

function disabling(origin: Origin): { readonly disables: ElementPath } {
  return { disables: elementPath('routers', ownName(origin), origin.protocol) }
}

/** What can be wrong with a reference, by the kind of element that it asks for. */
export const UNKNOWN = {
  routers: { code: 'GTW_UNKNOWN_ROUTER', noun: 'router' },
  services: { code: 'GTW_UNKNOWN_SERVICE', noun: 'service' },
  middlewares: { code: 'GTW_UNKNOWN_MIDDLEWARE', noun: 'middleware' },
  serversTransports: { code: 'GTW_UNKNOWN_TRANSPORT', noun: 'servers transport' },
} as const satisfies Record<ElementKind, { code: FindingCode; noun: string }>

/** A problem before anyone looked up its place. */
export interface ProblemFacts extends Pick<Finding, 'code' | 'expected' | 'suggestion' | 'hint'> {
  readonly severity?: Finding['severity']
  /** What follows the path in the message. */
  readonly problem: string
  readonly disables?: ElementPath
}

/** Makes a problem at a path of the tree in which the element was defined. */
export function problemAt(origin: Origin, path: Path, { problem, disables, severity = 'error', ...rest }: ProblemFacts): Problem {
  const place = dotted(path)
  const finding: Finding = { severity, message: `${place} ${problem}`, path: place, source: sourceOf(origin, path), ...rest }
  const about = ownElementAt(path, origin.provider)
  return { finding, ...(about === undefined ? {} : { about }), ...(disables === undefined ? {} : { disables }) }
}

/** A qualified name as its provider's own elements would write it. */
export function spelled(qualified: string, provider: string): string {
  return providerOf(qualified) === provider ? qualified.slice(0, -provider.length - 1) : qualified
}
