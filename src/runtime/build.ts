import type { Service } from '../config/dynamic.ts'
import { providerOf, qualify } from '../config/reference.ts'
import type { ServersTransport } from '../config/servers-transport.ts'
import type { BuildInput, Snapshot, SnapshotRouter } from '../config/snapshot.ts'
import { compose } from '../dispatch/compose.ts'
import type { Dispatch, Middleware } from '../dispatch/dispatch.ts'
import type { Finding } from '../findings/finding.ts'
import type { AskedTls, MiddlewareContext } from '../middlewares/definition.ts'
import { denyEncoded } from '../middlewares/encoded-characters.ts'
import { compileKnownRule } from '../rule/known-rules.ts'
import { serviceCatalogue } from '../services/catalogue.ts'
import type { BuiltService, ServiceContext, ServiceDefinition } from '../services/definition.ts'
import { addressOf } from '../services/server-address.ts'
import type { Cells } from '../state/cells.ts'
import { bottomUp } from './bottom-up.ts'
import type { BuildContext, Built } from './build-context.ts'
import { BuildError, toFinding } from './build-error.ts'
import { BuildMemory, type RememberedRoute, type RememberedService } from './build-memory.ts'
import { buildMiddleware, inFrontOf, internalService } from './build-parts.ts'
import { changedTrees } from './live-tables.ts'
import { withRecursionGuard } from './recursion-guard.ts'
import { RouteChangeLog } from './route-changes.ts'
import { routeTo } from './route-to.ts'
import { type Route, RouterTable } from './router-table.ts'
import { withSameTlsOptions } from './same-tls-options.ts'

/** Builds the handler trees of a snapshot and commits them. Never throws for a bad element: it is left out with a finding. */
export function build(snapshot: Snapshot, context: BuildContext): Built {
  const steps = buildSteps({ ...snapshot, routers: Object.entries(snapshot.routers) }, context)
  for (;;) {
    const { done, value } = steps.next()
    if (!done) continue
    value.commit()
    return value
  }
}

/** The same one router at a time, for a thread that has requests to serve meanwhile; requests see nothing of it before `commit`. */
export function buildSteps(snapshot: BuildInput, context: BuildContext): Generator<void, Built> {
  return new TreeBuilder(snapshot, context).steps()
}

/** Who names a middleware, and where. */
interface MiddlewareUser {
  readonly user: string
  readonly place: string
}

const NO_PARENTS: readonly string[] = []

/** How many routers that are gone are noted between two rests. */
const STRIDE = 200

class TreeBuilder {
  readonly #snapshot: BuildInput
  readonly #context: BuildContext
  readonly #findings = new Map<string, Finding>()
  /** A service is built once and shared by all its users: those that the last build did not leave as they have to be. */
  readonly #services = new Map<string, BuiltService | BuildError>()
  readonly #newServices = new Map<string, RememberedService>()
  readonly #cells = new Map<string, number>()
  /** How often each user has named each middleware. */
  readonly #instances = new Map<string, number>()
  /** Routes below a parent, by its name, and what they are together. */
  readonly #children = new Map<string, Route[]>()
  readonly #layers = new Map<string, Dispatch>()
  readonly #memory: BuildMemory
  readonly #build: number
  readonly #routes: RouteChangeLog
  /** Transports and children that the service under construction has asked for. */
  #asked: Asked = newAsked()

  constructor(snapshot: BuildInput, context: BuildContext) {
    this.#snapshot = snapshot
    this.#context = context
    this.#memory = context.last?.memory ?? new BuildMemory()
    this.#build = this.#memory.begin()
    this.#routes = new RouteChangeLog(this.#memory, this.#build)
  }

  *steps(): Generator<void, Built> {
    const parents = new Map<string, SnapshotRouter>()
    for (const [name, router] of this.#snapshot.routers) {
      if (router.service === undefined) parents.set(name, router)
      else this.#add(name, router)
      yield
    }
    for (const name of bottomUp(parents)) {
      const below = this.#children.get(name)
      if (below !== undefined) this.#layers.set(name, routeTo(yield* RouterTable.steps(below)))
      this.#add(name, parents.get(name) as SnapshotRouter)
      yield
    }
    const changes = yield* this.#routes.settle(STRIDE)
    const parts = { memory: this.#memory, context: this.#context }
    const clear = yield* changedTrees('clear', changes, parts)
    const secure = yield* changedTrees('secure', changes, parts)
    const commit = (): void => {
      for (const one of [...clear.commits, ...secure.commits]) one()
      this.#routes.commit()
      this.#commitServices()
    }
    const findings = [...this.#findings.values()]
    return { trees: clear.trees, tlsTrees: secure.trees, findings, cells: this.#cells, memory: this.#memory, commit }
  }

  /** What nobody uses any more is forgotten. */
  #commitServices(): void {
    const { services } = this.#memory
    for (const [name, { usedIn }] of services) if (usedIn !== this.#build) services.delete(name)
    for (const [name, service] of this.#newServices) services.set(name, service)
  }

  #add(name: string, router: SnapshotRouter): void {
    const known = this.#unchanged(name, router)
    if (known !== undefined) this.#routes.keep(known)
    const route = known?.route ?? this.#attempt(`http.routers.${name}`, () => this.#newRoute(name, router))
    if (route === undefined) return
    for (const parent of router.parents ?? NO_PARENTS) this.#addChild(parent, route)
  }

  /** The router as the last build has made it, where all that it is made from is the same. */
  #unchanged(name: string, router: SnapshotRouter): RememberedRoute | undefined {
    const known = this.#memory.routes.get(name)
    if (known?.service === undefined || known.router !== router || router.service === undefined) return undefined
    return this.#usable(router.service) === known.service ? known : undefined
  }

  #addChild(parent: string, route: Route): void {
    const routes = this.#children.get(parent)
    if (routes === undefined) this.#children.set(parent, [route])
    else routes.push(route)
  }

  #newRoute(name: string, router: SnapshotRouter): Route {
    // A bad rule is told whatever else is wrong.
    const rule = compileKnownRule(router.rule, router.ruleSyntax)
    const path = `http.routers.${name}`
    const service = router.service === undefined ? undefined : this.#service(router.service, `${path}.service`)
    const target = service?.dispatch ?? this.#below(name)
    const middlewares = router.middlewares.map((middleware) =>
      this.#middleware(middleware, { user: `router ${name}`, place: `${path}.middlewares` }),
    )
    const dispatch = compose([denyEncoded(router.deniedCharacters ?? []), ...middlewares], target)
    const unlooped = router.isByDefault === true ? withRecursionGuard(name, dispatch) : dispatch
    const guarded = router.tls === undefined ? unlooped : withSameTlsOptions(router.tls.options, unlooped)
    const watched = this.#context.observer?.router(name, router, guarded) ?? guarded
    const route = { name, priority: router.priority, rank: router.rank, rule, dispatch: watched }
    this.#routes.put(name, { router, service: middlewares.length === 0 ? service : undefined, route })
    return route
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
    const built = this.#usable(name)
    if (!(built instanceof BuildError)) return built
    const isUnknown = built.code === 'GTW_UNKNOWN_SERVICE'
    throw new BuildError(user, isUnknown ? built.code : 'GTW_BROKEN_REFERENCE', isUnknown ? built.message : `service "${name}" is disabled`)
  }

  #usable(name: string): BuiltService | BuildError {
    const internal = this.#context.internalServices[name]
    if (internal !== undefined) return internalService(internal)
    const known = this.#memory.services.get(name)
    if (known?.usedIn === this.#build) return known.built
    return this.#services.get(name) ?? this.#buildService(name)
  }

  #buildService(name: string): BuiltService | BuildError {
    const options = this.#snapshot.services[name]
    const path = `http.services.${name}`
    if (options === undefined) return new BuildError(path, 'GTW_UNKNOWN_SERVICE', `the service "${name}" does not exist`)
    // References are checked before; a circle that came through all the same must not end the thread.
    this.#services.set(name, new BuildError(path, 'GTW_CYCLE', `could not instantiate service ${name}: recursion detected`))
    const built = this.#attempt(path, () => this.#rememberedService(name, options) ?? this.#newService(name, options))
    if (this.#memory.services.get(name)?.usedIn === this.#build) this.#services.delete(name)
    else this.#services.set(name, built ?? new BuildError(path, 'GTW_BROKEN_REFERENCE', 'disabled'))
    return this.#usable(name)
  }

  /** The service as the last build has made it, where all that it is made from is the same. */
  #rememberedService(name: string, options: Service): BuiltService | undefined {
    const known = this.#memory.services.get(name)
    if (known === undefined || known.options !== options) return undefined
    const path = `http.services.${name}`
    for (const [transport, object] of known.transports) if (this.#transport(transport, path) !== object) return undefined
    for (const [child, built] of known.children) if (this.#service(child, path) !== built) return undefined
    this.#context.last?.keeper.retain(known.keys)
    for (const [key, size] of known.cells) this.#cells.set(key, size)
    known.usedIn = this.#build
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
      this.#newServices.set(name, { built, options, keys, ...asked, usedIn: this.#build })
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
    const { keep, openServer, observer } = this.#context
    const path = `http.services.${name}`
    return {
      name,
      keep,
      cells: (key, size) => this.#takeCells(key, size),
      openServer: (address, transport) => {
        const server = openServer(address, this.#askedTransport(transport, path))
        return observer?.server(name, server) ?? server
      },
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

const noPassword = async (): Promise<boolean> => false
