import { providerOf } from '../config/reference.ts'
import type { Finding, FindingCode, Path } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { quote } from '../findings/show.ts'
import { type ElementKind, type ElementPath, elementPath, type Origin, ownName, type Problem, sourceOf } from './element.ts'
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

/** A router of a user stands above the gateway's own. */
export function priorityTooHigh(origin: Origin, priority: bigint): Problem {
  return problemAt(origin, [...routerAt(origin), 'priority'], {
    code: 'GTW_PRIORITY_TOO_HIGH',
    problem: `is ${priority}`,
    expected: `at most ${HIGHEST_USER_PRIORITY}`,
    ...disabling(origin),
  })
}

function routerAt({ name }: Origin): Path {
  return ['http', 'routers', name]
}

function disabling(origin: Origin): { readonly disables: ElementPath } {
  return { disables: elementPath('routers', ownName(origin)) }
}

/** What can be wrong with a reference, by the kind of element that it asks for. */
export const UNKNOWN = {
  routers: { code: 'GTW_UNKNOWN_SERVICE', noun: 'router' },
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
  return disables === undefined ? { finding } : { finding, disables }
}

/** A qualified name as its provider's own elements would write it. */
export function spelled(qualified: string, provider: string): string {
  return providerOf(qualified) === provider ? qualified.slice(0, -provider.length - 1) : qualified
}
