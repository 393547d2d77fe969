import type { Middleware as MiddlewareOptions, Service } from '../config/dynamic.ts'
import { providerOf, qualify } from '../config/reference.ts'
import type { ServersTransport } from '../config/servers-transport.ts'
import type { Snapshot, SnapshotRouter } from '../config/snapshot.ts'
import { compose } from '../dispatch/compose.ts'
import type { Dispatch, Middleware } from '../dispatch/dispatch.ts'
import type { Finding } from '../findings/finding.ts'
import { middlewareCatalogue } from '../middlewares/catalogue.ts'
import type { AskedTls, MiddlewareContext, MiddlewareDefinition } from '../middlewares/definition.ts'
import { denyEncoded } from '../middlewares/encoded-characters.ts'
import type { CompiledRule } from '../rule/compile.ts'
import { compileKnownRule } from '../rule/known-rules.ts'
import { serviceCatalogue } from '../services/catalogue.ts'
import type { BuiltService, ServiceContext, ServiceDefinition } from '../services/definition.ts'
import { addressOf } from '../services/server-address.ts'
import type { Cells } from '../state/cells.ts'
import { bottomUp } from './bottom-up.ts'
import type { BuildContext, Built } from './build-context.ts'
import { BuildError, toFinding } from './build-error.ts'
import { BuildMemory } from './build-memory.ts'
import { withRecursionGuard } from './recursion-guard.ts'
import { routeTo } from './route-to.ts'
import { type Route, RouterTable } from './router-table.ts'
import { withSameTlsOptions } from './same-tls-options.ts'

/** Builds the handler trees of a snapshot. Never throws for a bad element: it is left out with a finding. */
export function build(snapshot: Snapshot, context: BuildContext): Built {
  const steps = buildSteps(snapshot, context)
  for (;;) {
    const { done, value } = steps.next()
    if (done) return value
  }
}

/** The same one router at a time, for a thread that has requests to serve meanwhile. */
export function buildSteps(snapshot: Snapshot, context: BuildContext): Generator<void, Built> {
  return new TreeBuilder(snapshot, context).steps()
}

/** Who names a middleware, and where. */
interface MiddlewareUser {
  readonly user: string
  readonly place: string
}

const NO_PARENTS: readonly string[] = []

class TreeBuilder {
  readonly #snapshot: Snapshot
  readonly #context: BuildContext
  readonly #findings = new Map<string, Finding>()
  /** A service is built once and shared by all its users. */
  readonly #services = new Map<string, BuiltService | BuildError>()
  readonly #cells = new Map<string, number>()
  /** How often each user has named each middleware. */
  readonly #instances = new Map<string, number>()
  /** Routes below a parent, by its name, and what they are together. */
  readonly #children = new Map<string, Route[]>()
  readonly #layers = new Map<string, Dispatch>()
  readonly #memory = new BuildMemory()
  /** Transports and children that the service under construction has asked for. */
  #asked: Asked = newAsked()

  constructor(snapshot: Snapshot, context: BuildContext) {
    this.#snapshot = snapshot
    this.#context = context
  }

  *steps(): Generator<void, Built> {
    const clear = this.#emptyRoutes()
    const secure = this.#emptyRoutes()
    const add = (name: string, router: SnapshotRouter): void => {
      const route = this.#attempt(`http.routers.${name}`, () => this.#route(name, router))
      const routes = router.tls === undefined ? clear : secure
      if (route === undefined) return
      for (const entryPoint of router.entryPoints) routes.get(entryPoint)?.push(route)
      for (const parent of router.parents ?? NO_PARENTS) this.#addChild(parent, route)
    }
    const parents = new Map<string, SnapshotRouter>()
    for (const [name, router] of Object.entries(this.#snapshot.routers)) {
      if (router.service === undefined) parents.set(name, router)
      else add(name, router)
      yield
    }
    for (const name of bottomUp(parents)) {
      const below = this.#children.get(name)
      if (below !== undefined) this.#layers.set(name, routeTo(yield* RouterTable.steps(below, undefined)))
      add(name, parents.get(name) as SnapshotRouter)
      yield
    }
    const trees = yield* this.#treesOf(clear, 'clear')
    const tlsTrees = yield* this.#treesOf(secure, 'secure')
    return { trees, tlsTrees, findings: [...this.#findings.values()], cells: this.#cells, memory: this.#memory }
  }

  *#treesOf(routes: ReadonlyMap<string, readonly Route[]>, kind: string): Generator<void, Map<string, Dispatch>> {
    const trees = new Map<string, Dispatch>()
    for (const [entryPoint, list] of routes) {
      const key = `${kind} ${entryPoint}`
      const table = yield* RouterTable.steps(list, this.#context.last?.memory.tables.get(key))
      this.#memory.tables.set(key, table)
      trees.set(entryPoint, routeTo(table))
    }
    return trees
  }

  #emptyRoutes(): Map<string, Route[]> {
    return new Map(this.#context.entryPoints.map((name) => [name, []]))
  }

  #addChild(parent: string, route: Route): void {
    const routes = this.#children.get(parent)
    if (routes === undefined) this.#children.set(parent, [route])
    else routes.push(route)
  }

  #route(name: string, router: SnapshotRouter): Route {
    const path = `http.routers.${name}`
    // A bad rule is told whatever else is wrong.
    const rule = compileKnownRule(router.rule, router.ruleSyntax)
    if (router.service === undefined) return this.#newRoute(name, router, { rule, target: this.#below(name) })
    const service = this.#service(router.service, `${path}.service`)
    const known = this.#context.last?.memory.routes.get(name)
    const isSame = known?.router === router && known.service === service && router.middlewares.length === 0
    const route = isSame ? known.route : this.#newRoute(name, router, { rule, target: service.dispatch })
    this.#memory.routes.set(name, isSame ? known : { router, service, route })
    return route
  }

  #newRoute(name: string, router: SnapshotRouter, { rule, target }: { rule: CompiledRule; target: Dispatch }): Route {
    const path = `http.routers.${name}`
    const middlewares = router.middlewares.map((middleware) =>
      this.#middleware(middleware, { user: `router ${name}`, place: `${path}.middlewares` }),
    )
    const dispatch = compose([denyEncoded(router.deniedCharacters ?? []), ...middlewares], target)
    const unlooped = router.isByDefault === true ? withRecursionGuard(name, dispatch) : dispatch
    const guarded = router.tls === undefined ? unlooped : withSameTlsOptions(router.tls.options, unlooped)
    return { name, priority: router.priority, rank: router.rank, rule, dispatch: guarded }
  }

  /** What a parent does with a request: its children look at it as the middlewares have left it. */
  #below(name: string): Dispatch {
    const layer = this.#layers.get(name)
    if (layer !== undefined) return layer
    throw new BuildError(`http.routers.${name}`, 'GTW_BROKEN_REFERENCE', 'none of its child routers can be built')
  }

  /** One instance for each router or service that names it. */
  #middleware(name: string, by: MiddlewareUser): Middleware {
    const options = this.#snapshot.middlewares[name]
    if (options === undefined) throw new BuildError(by.place, 'GTW_UNKNOWN_MIDDLEWARE', `middleware "${name}" does not exist`)
    const path = `http.middlewares.${name}`
    const user = this.#instanceFor(name, by.user)
    const built = this.#attempt(path, () => buildMiddleware(name, options, this.#middlewareContext(name, user)))
    if (built === undefined) throw new BuildError(by.place, 'GTW_BROKEN_REFERENCE', `middleware "${name}" is disabled`)
    return built
  }

  /** A request that meets a middleware twice, of its entry point and of its router perhaps, is counted by each of the two for itself. */
  #instanceFor(name: string, user: string): string {
    const key = `${user} ${name}`
    const count = (this.#instances.get(key) ?? 0) + 1
    this.#instances.set(key, count)
    return count === 1 ? user : `${user} (${count})`
  }

  #middlewareContext(name: string, user: string): MiddlewareContext {
    const { keep, time, userCode } = this.#context
    const path = `http.middlewares.${name}`
    return {
      name,
      user,
      keep,
      time,
      userCode,
      cells: (key, size) => this.#takeCells(key, size),
      checkPassword: this.#context.checkPassword ?? noPassword,
      trouble: (problem) => this.#context.onTrouble?.(name, problem),
      middleware: (other) => this.#middleware(qualify(other, providerOf(name)), { user, place: path }),
      service: (service) => this.#service(qualify(service, providerOf(name)), path).dispatch,
      ask: (origin, tls) => this.#context.openServer(addressOf({ url: origin, preservePath: false }, false), this.#askingTransport(tls)),
    }
  }

  #askingTransport(tls: AskedTls | undefined): ServersTransport {
    if (tls === undefined) return this.#context.defaultTransport
    const { ca, cert, key, insecureSkipVerify } = tls
    const certificates = cert === undefined || key === undefined ? [] : [{ certFile: cert, keyFile: key }]
    return { ...this.#context.defaultTransport, insecureSkipVerify, rootCAs: ca === undefined ? [] : [ca], certificates }
  }

  #service(name: string, user: string): BuiltService {
    const internal = this.#context.internalServices[name]
    if (internal !== undefined) return internalService(internal)
    const built = this.#services.get(name) ?? this.#buildService(name)
    this.#services.set(name, built)
    if (!(built instanceof BuildError)) return built
    const isUnknown = built.code === 'GTW_UNKNOWN_SERVICE'
    throw new BuildError(user, isUnknown ? built.code : 'GTW_BROKEN_REFERENCE', isUnknown ? built.message : `service "${name}" is disabled`)
  }

  #buildService(name: string): BuiltService | BuildError {
    const options = this.#snapshot.services[name]
    const path = `http.services.${name}`
    if (options === undefined) return new BuildError(path, 'GTW_UNKNOWN_SERVICE', `the service "${name}" does not exist`)
    // References are checked before; a circle that came through all the same must not end the thread.
    this.#services.set(name, new BuildError(path, 'GTW_CYCLE', `could not instantiate service ${name}: recursion detected`))
    const built = this.#attempt(path, () => this.#rememberedService(name, options) ?? this.#newService(name, options))
    return built ?? new BuildError(path, 'GTW_BROKEN_REFERENCE', 'disabled')
  }

  /** The service as the last build has made it, where all that it is made from is the same. */
  #rememberedService(name: string, options: Service): BuiltService | undefined {
    const { last } = this.#context
    const known = last?.memory.services.get(name)
    if (last === undefined || known === undefined || known.options !== options) return undefined
    const path = `http.services.${name}`
    for (const [transport, object] of known.transports) if (this.#transport(transport, path) !== object) return undefined
    for (const [child, built] of known.children) if (this.#service(child, path) !== built) return undefined
    last.keeper.retain(known.keys)
    for (const [key, size] of known.cells) this.#cells.set(key, size)
    this.#memory.services.set(name, known)
    return known.built
  }

  #newService(name: string, options: Service): BuiltService {
    const { last } = this.#context
    if (last === undefined || options.middlewares !== undefined) return this.#fromOptions(name, options)
    const outer = this.#asked
    const asked = newAsked()
    this.#asked = asked
    try {
      const { result: built, keys } = last.keeper.recorded(() => this.#fromOptions(name, options))
      this.#memory.services.set(name, { built, options, keys, ...asked })
      return built
    } finally {
      this.#asked = outer
    }
  }

  #fromOptions(name: string, options: Service): BuiltService {
    const path = `http.services.${name}`
    for (const [kind, definition] of Object.entries<ServiceDefinition>(serviceCatalogue)) {
      const own = options[kind as keyof typeof serviceCatalogue]
      if (own === undefined) continue
      const service = definition.build(own, this.#serviceContext(name))
      const middlewares = (options.middlewares ?? []).map((middleware) =>
        this.#middleware(middleware, { user: `service ${name}`, place: `${path}.middlewares` }),
      )
      return middlewares.length === 0 ? service : inFrontOf(service, middlewares)
    }
    throw new BuildError(path, 'GTW_MISSING', `the service "${name}" does not have any type defined`)
  }

  #serviceContext(name: string): ServiceContext {
    const { keep, openServer } = this.#context
    const path = `http.services.${name}`
    return {
      name,
      keep,
      cells: (key, size) => this.#takeCells(key, size),
      openServer: (address, transport) => openServer(address, this.#askedTransport(transport, path)),
      child: (child) => this.#child(qualify(child, providerOf(name)), path),
    }
  }

  #child(name: string, user: string): BuiltService {
    const { children } = this.#asked
    const built = this.#service(name, user)
    children.set(name, built)
    return built
  }

  #takeCells(key: string, size: number): Cells {
    this.#asked.cells.push([key, size])
    this.#cells.set(key, size)
    return this.#context.cells(key, size)
  }

  #askedTransport(name = 'default@internal', user: string): ServersTransport {
    const transport = this.#transport(name, user)
    this.#asked.transports.set(name, transport)
    return transport
  }

  #transport(name: string, user: string): ServersTransport {
    if (name === 'default@internal') return this.#context.defaultTransport
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

interface Asked {
  readonly transports: Map<string, ServersTransport>
  readonly children: Map<string, BuiltService>
  readonly cells: [key: string, size: number][]
}

const newAsked = (): Asked => ({ transports: new Map(), children: new Map(), cells: [] })

/** A service of our own has no health to tell. */
function internalService(dispatch: Dispatch): BuiltService {
  return { dispatch, isUp: () => true, reportsHealth: false, kind: 'internal' }
}

function inFrontOf(service: BuiltService, middlewares: readonly Middleware[]): BuiltService {
  const { reportsHealth, kind } = service
  return { dispatch: compose(middlewares, service.dispatch), isUp: () => service.isUp(), reportsHealth, kind }
}

const noPassword = async (): Promise<boolean> => false

function buildMiddleware(name: string, options: MiddlewareOptions, context: MiddlewareContext): Middleware {
  for (const [kind, definition] of Object.entries<MiddlewareDefinition>(middlewareCatalogue)) {
    const own = options[kind as keyof MiddlewareOptions]
    if (own !== undefined) return definition.build(own, context)
  }
  throw new BuildError(`http.middlewares.${name}`, 'GTW_MISSING', `the middleware "${name}" does not have any type defined`)
}
