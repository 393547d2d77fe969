import type { Middleware as MiddlewareOptions, ServersTransport, Service } from '../config/dynamic.ts'
import type { Snapshot, SnapshotRouter } from '../config/snapshot.ts'
import { compose } from '../dispatch/compose.ts'
import type { Dispatch, Middleware } from '../dispatch/dispatch.ts'
import type { Finding, FindingCode } from '../findings/finding.ts'
import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import type { MiddlewareDefinition } from '../middlewares/definition.ts'
import { denyEncoded } from '../middlewares/encoded-characters.ts'
import { compileRule } from '../rule/compile.ts'
import { RuleError } from '../rule/rule-error.ts'
import type { ServerAddress, ServiceContext } from '../services/definition.ts'
import { buildLoadBalancer } from '../services/load-balancer.ts'
import { routeTo } from './route-to.ts'
import { type Route, RouterTable } from './router-table.ts'

/** What a tree needs from the thread it is built in; the control plane gives inert parts, a worker real ones. */
export interface BuildContext {
  /** Names of all entry points. */
  readonly entryPoints: readonly string[]
  /** `default@internal`: for services that name no transport. */
  readonly defaultTransport: ServersTransport
  /** The dispatch that sends requests to one server through its pool. */
  readonly openServer: (address: ServerAddress, transport: ServersTransport) => Dispatch
  /** State that a reload leaves alone while its key stays the same. */
  readonly keep: ServiceContext['keep']
  /** Services of our own by qualified name: `ping@internal`, `whoami@internal`, … */
  readonly internalServices: Readonly<Record<string, Dispatch>>
}

/** The handler trees of one snapshot. */
export interface Built {
  /** One dispatch per entry point name. */
  readonly trees: ReadonlyMap<string, Dispatch>
  /** What did not build, each with the path `http.<kind>.<qualified name>…`; only that element is left out. */
  readonly findings: readonly Finding[]
}

/** Builds the handler trees of a snapshot. Never throws for a bad element: it is left out with a finding. */
export function build(snapshot: Snapshot, context: BuildContext): Built {
  return new TreeBuilder(snapshot, context).build()
}

/** Why an element cannot be built; becomes a finding on the element that it names. */
class BuildError extends Error {
  readonly path: string
  readonly code: FindingCode

  constructor(path: string, code: FindingCode, message: string) {
    super(message)
    this.path = path
    this.code = code
  }
}

class TreeBuilder {
  readonly #snapshot: Snapshot
  readonly #context: BuildContext
  readonly #findings = new Map<string, Finding>()
  /** A service is built once and shared by all its users. */
  readonly #services = new Map<string, Dispatch | BuildError>()

  constructor(snapshot: Snapshot, context: BuildContext) {
    this.#snapshot = snapshot
    this.#context = context
  }

  build(): Built {
    const routes = new Map<string, Route[]>(this.#context.entryPoints.map((name) => [name, []]))
    for (const [name, router] of Object.entries(this.#snapshot.routers)) {
      const route = this.#attempt(`http.routers.${name}`, () => this.#route(name, router))
      if (route !== undefined) for (const entryPoint of router.entryPoints) routes.get(entryPoint)?.push(route)
    }
    const trees = new Map([...routes].map(([entryPoint, list]) => [entryPoint, routeTo(new RouterTable(list))]))
    return { trees, findings: [...this.#findings.values()] }
  }

  #route(name: string, router: SnapshotRouter): Route {
    const path = `http.routers.${name}`
    const rule = compileRule(router.rule)
    const middlewares = router.middlewares.map((middleware) => this.#middleware(middleware, path))
    const dispatch = compose([denyEncoded(router.deniedCharacters ?? []), ...middlewares], this.#service(router.service, path))
    return { name, priority: router.priority, rank: router.rank, rule, dispatch }
  }

  /** One instance for each router that names it. */
  #middleware(name: string, user: string): Middleware {
    const options = this.#snapshot.middlewares[name]
    if (options === undefined) throw new BuildError(`${user}.middlewares`, 'GTW_UNKNOWN_MIDDLEWARE', `middleware "${name}" does not exist`)
    const path = `http.middlewares.${name}`
    const built = this.#attempt(path, () => buildMiddleware(name, options))
    if (built === undefined) throw new BuildError(`${user}.middlewares`, 'GTW_BROKEN_REFERENCE', `middleware "${name}" is disabled`)
    return built
  }

  #service(name: string, user: string): Dispatch {
    const internal = this.#context.internalServices[name]
    if (internal !== undefined) return internal
    const built = this.#services.get(name) ?? this.#buildService(name)
    this.#services.set(name, built)
    if (!(built instanceof BuildError)) return built
    const isUnknown = built.code === 'GTW_UNKNOWN_SERVICE'
    throw new BuildError(
      `${user}.service`,
      isUnknown ? built.code : 'GTW_BROKEN_REFERENCE',
      isUnknown ? built.message : `service "${name}" is disabled`,
    )
  }

  #buildService(name: string): Dispatch | BuildError {
    const options = this.#snapshot.services[name]
    const path = `http.services.${name}`
    if (options === undefined) return new BuildError(path, 'GTW_UNKNOWN_SERVICE', `the service "${name}" does not exist`)
    return this.#attempt(path, () => this.#fromOptions(name, options)) ?? new BuildError(path, 'GTW_BROKEN_REFERENCE', 'disabled')
  }

  #fromOptions(name: string, { loadBalancer }: Service): Dispatch {
    const path = `http.services.${name}`
    if (loadBalancer === undefined) throw new BuildError(path, 'GTW_MISSING', `the service "${name}" does not have any type defined`)
    if (loadBalancer.strategy !== 'wrr') {
      throw new BuildError(
        `${path}.loadBalancer.strategy`,
        'GTW_UNSUPPORTED',
        `the strategy "${loadBalancer.strategy}" is not supported yet`,
      )
    }
    const transport = this.#transport(loadBalancer.serversTransport, path)
    const { keep, openServer } = this.#context
    return buildLoadBalancer(loadBalancer, { name, keep, openServer: (address) => openServer(address, transport) })
  }

  #transport(name: string | undefined, user: string): ServersTransport {
    if (name === undefined || name === 'default@internal') return this.#context.defaultTransport
    const transport = this.#snapshot.serversTransports[name]
    if (transport !== undefined) return transport
    throw new BuildError(`${user}.loadBalancer.serversTransport`, 'GTW_UNKNOWN_TRANSPORT', `servers transport "${name}" does not exist`)
  }

  /** Builds one element; what goes wrong becomes its finding. */
  #attempt<T>(path: string, make: () => T): T | undefined {
    try {
      return make()
    } catch (error) {
      const finding = toFinding(path, error as Error)
      this.#findings.set(`${finding.path} ${finding.message}`, finding)
      return undefined
    }
  }
}

function buildMiddleware(name: string, options: MiddlewareOptions): Middleware {
  for (const [kind, definition] of Object.entries<MiddlewareDefinition>(middlewareCatalogue)) {
    const own = options[kind as keyof MiddlewareOptions]
    if (own !== undefined) return definition.build(own, { name })
  }
  throw new BuildError(`http.middlewares.${name}`, 'GTW_MISSING', `the middleware "${name}" does not have any type defined`)
}

function toFinding(path: string, error: Error): Finding {
  if (error instanceof BuildError) return { code: error.code, severity: 'error', message: error.message, path: error.path }
  if (error instanceof RuleError) return ruleFinding(path, error)
  return { code: 'GTW_BAD_VALUE', severity: 'error', message: error.message, path }
}

function ruleFinding(path: string, { code, message, column, expected, suggestion }: RuleError): Finding {
  return {
    code,
    severity: 'error',
    message: `${message} (column ${column} of the rule)`,
    path: `${path}.rule`,
    ...(expected === undefined ? {} : { expected }),
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}
