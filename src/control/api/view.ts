import type { StaticConfiguration } from '../../config/static.ts'
import { middlewareCatalogue } from '../../middlewares/catalogue.ts'
import { serviceCatalogue } from '../../services/catalogue.ts'
import { tcpMiddlewareCatalogue } from '../../tcp/catalogue.ts'
import type { Said } from '../aggregator.ts'
import { type ElementKind, elementPath, PROTOCOLS, type Protocol } from '../element.ts'
import type { References } from '../expanded-message.ts'
import { INTERNAL, internalServicesOf } from '../internal.ts'
import type { Verified } from '../verify.ts'
import { routersOf } from './routers.ts'
import { type Condition, Conditions } from './status.ts'

/** What the last check of all words has shown. */
export interface Reviewed {
  readonly said: Said
  readonly verified: Verified
  readonly configuration: StaticConfiguration
}

/** An element of dynamic configuration as it is known to the API. */
export interface Element extends Condition {
  /** Qualified. */
  readonly name: string
  readonly provider: string
  /** As checked, with defaults. */
  readonly configured: object
  readonly references: References
}

/** A router; the copy for one entry point is a router of its own. */
export interface RouterElement extends Element {
  readonly rule: string
  /** As configured. */
  readonly service: string
  /** The service as a qualified name, '' where there is none. */
  readonly target: string
  /** Qualified, those of the entry point among them. */
  readonly middlewares: readonly string[]
  /** Those that it listens to. */
  readonly entryPoints: readonly string[]
  readonly priority: bigint
  /** What holds of TLS beside what is written; undefined where the router is not served with TLS. */
  readonly tls: object | undefined
  /** With what the entry point and the defaults add; only of HTTP. */
  readonly observability: object | undefined
}

/** A service or a middleware. */
export interface UsedElement extends Element {
  /** Kind in lower case; undefined for services of the gateway itself. */
  readonly type: string | undefined
  /** The routers that name it, in order. */
  readonly usedBy: readonly string[]
}

interface ElementsOf {
  readonly routers: ReadonlyMap<string, RouterElement>
  readonly services: ReadonlyMap<string, UsedElement>
  readonly middlewares: ReadonlyMap<string, UsedElement>
}

/** All elements by qualified name, those that are left out among them. */
export type View = Readonly<Record<Protocol, ElementsOf>>

/** Joins what was said with what came of it. Elements are shaped when somebody asks for them. */
export function viewOf(reviewed: Reviewed): View {
  const conditions = new Conditions(reviewed.verified)
  const [http, tcp, udp] = PROTOCOLS.map((protocol): ElementsOf => {
    const routers = routersOf(protocol, reviewed, conditions)
    const users = usersIn(routers)
    return {
      routers,
      services: usedElements({ protocol, kind: 'services', users: users.services }, reviewed, conditions),
      middlewares: usedElements({ protocol, kind: 'middlewares', users: users.middlewares }, reviewed, conditions),
    }
  }) as [ElementsOf, ElementsOf, ElementsOf]
  return { http, tcp, udp }
}

type Users = ReadonlyMap<string, readonly string[]>

function usersIn(routers: ReadonlyMap<string, RouterElement>): Readonly<Record<'services' | 'middlewares', Users>> {
  const services = new Map<string, string[]>()
  const middlewares = new Map<string, string[]>()
  const add = (users: Map<string, string[]>, element: string, router: string): void => {
    const known = users.get(element)
    if (known === undefined) users.set(element, [router])
    else if (known.at(-1) !== router) known.push(router)
  }
  for (const name of [...routers.keys()].sort()) {
    const router = routers.get(name) as RouterElement
    add(services, router.target, name)
    for (const middleware of router.middlewares) add(middlewares, middleware, name)
  }
  return { services, middlewares }
}

interface Kind {
  readonly protocol: Protocol
  readonly kind: Exclude<ElementKind, 'routers' | 'serversTransports'>
  readonly users: Users
}

const TYPES: Readonly<Record<Kind['kind'], readonly string[]>> = {
  services: Object.keys(serviceCatalogue),
  middlewares: [...Object.keys(middlewareCatalogue), ...Object.keys(tcpMiddlewareCatalogue)],
}

function usedElements(
  { protocol, kind, users }: Kind,
  { said, configuration }: Reviewed,
  conditions: Conditions,
): Map<string, UsedElement> {
  const elements = new Map<string, UsedElement>()
  const add = (name: string, provider: string, configured: object, references: References): void => {
    const type = Object.keys(configured)
      .find((key) => TYPES[kind].includes(key))
      ?.toLowerCase()
    const { status, errors } = conditions.of(elementPath(kind, name, protocol))
    elements.set(name, { name, provider, configured, references, status, errors, type, usedBy: users.get(name) ?? [] })
  }
  for (const [provider, { configuration: own, references }] of said) {
    const section: Readonly<Partial<Record<ElementKind, Readonly<Record<string, object>>>>> = own[protocol]
    for (const [name, configured] of Object.entries(section[kind] ?? {})) add(`${name}@${provider}`, provider, configured, references)
  }
  if (protocol === 'http' && kind === 'services') for (const name of internalServicesOf(configuration)) add(name, INTERNAL, {}, new Map())
  return elements
}
