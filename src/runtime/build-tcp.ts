import { providerOf, qualify } from '../config/reference.ts'
import type { StreamRecords } from '../config/snapshot.ts'
import type { SnapshotTcpRouter, TcpMiddleware, TcpServersTransport, TcpService } from '../config/tcp.ts'
import { compileTcpRule } from '../rule/tcp.ts'
import { SERVER_WORDS, ServerState, serverKey } from '../services/server-state.ts'
import { streamAddress } from '../tcp/address.ts'
import { Balancer } from '../tcp/balancer.ts'
import { tcpMiddlewareCatalogue } from '../tcp/catalogue.ts'
import type { TcpGuard, TcpMiddlewareContext, TcpMiddlewareDefinition } from '../tcp/definition.ts'
import { tcpServiceKey } from '../tcp/keys.ts'
import type { TcpLoadBalancer, TcpWeighted } from '../tcp/options.ts'
import { BuildError } from './build-error.ts'
import type { StreamContext } from './build-streams.ts'
import { BuiltOnce } from './built-once.ts'
import type { TcpRoute } from './tcp-table.ts'
import type { TcpTarget } from './tcp-target.ts'

/** A TCP service, ready to be asked for servers. */
interface BuiltTcpService {
  readonly pick: () => TcpTarget | undefined
  readonly isUp: () => boolean
  /** Whether it knows: the health of what does not is not asked for. */
  readonly reportsHealth: boolean
}

const alwaysUp = (): boolean => true

/** Builds TCP routers of one snapshot; a service is built once and shared by all its users. */
export class TcpBuilder {
  readonly #streams: StreamRecords
  readonly #context: StreamContext
  readonly #services: BuiltOnce<TcpService, BuiltTcpService>

  constructor(streams: StreamRecords, context: StreamContext) {
    this.#streams = streams
    this.#context = context
    const build = (name: string, options: TcpService): BuiltTcpService => this.#fromOptions(name, options)
    this.#services = new BuiltOnce({ path: 'tcp.services', options: streams.tcpServices, build })
  }

  route(name: string, router: SnapshotTcpRouter): TcpRoute {
    const { priority, rank, tls, ruleSyntax } = router
    // A bad rule is told whatever else is wrong.
    const rule = compileTcpRule(router.rule, ruleSyntax, tls !== undefined)
    const { pick } = this.service(router.service)
    const guards = router.middlewares.map((middleware) => this.#guard(middleware, name))
    return { name, priority, rank, rule, tls, guards, pick }
  }

  service(name: string): BuiltTcpService {
    return this.#services.get(name)
  }

  #fromOptions(name: string, { loadBalancer, weighted }: TcpService): BuiltTcpService {
    if (loadBalancer !== undefined) return this.#loadBalancer(name, loadBalancer)
    if (weighted !== undefined) return this.#weighted(name, weighted)
    throw new BuildError(`tcp.services.${name}`, 'GTW_MISSING', `the service "${name}" does not have any type defined`)
  }

  #loadBalancer(name: string, options: TcpLoadBalancer): BuiltTcpService {
    const { servers, healthCheck } = options
    const transport = this.#transportOf(name, options)
    const choices = servers.map(({ address, tls }) => {
      const target: TcpTarget = { ...streamAddress(address), tls, transport }
      if (healthCheck === undefined) return { weight: 1, isUp: alwaysUp, target }
      const state = new ServerState(this.#context.cells(serverKey(tcpServiceKey(name), address), SERVER_WORDS))
      return { weight: 1, isUp: () => state.activeUp, target }
    })
    const balancer = new Balancer(choices, tcpServiceKey(name), this.#context)
    return { pick: () => balancer.pick()?.target, isUp: () => balancer.isUp(), reportsHealth: healthCheck !== undefined }
  }

  #weighted(name: string, { services, healthCheck }: TcpWeighted): BuiltTcpService {
    const reportsHealth = healthCheck !== undefined
    const choices = services.map(({ name: child, weight }) => {
      const service = this.service(qualify(child, providerOf(name)))
      if (reportsHealth && !service.reportsHealth) {
        throw new Error(`cannot register ${child} as updater for ${name}: healthCheck not enabled in config for this service`)
      }
      return { weight, isUp: reportsHealth ? service.isUp : alwaysUp, service }
    })
    const balancer = new Balancer(choices, tcpServiceKey(name), this.#context)
    return { pick: () => balancer.pick()?.service.pick(), isUp: () => balancer.isUp(), reportsHealth }
  }

  /** What a service says itself, in the place where it was said before there were transports, comes first. */
  #transportOf(name: string, { serversTransport, proxyProtocol, terminationDelay }: TcpLoadBalancer): TcpServersTransport {
    const transport = this.#namedTransport(serversTransport || 'default@internal', name)
    if (proxyProtocol === undefined && terminationDelay === undefined) return transport
    return {
      ...transport,
      ...(proxyProtocol === undefined ? {} : { proxyProtocol }),
      ...(terminationDelay === undefined ? {} : { terminationDelay }),
    }
  }

  #namedTransport(transport: string, service: string): TcpServersTransport {
    if (transport === 'default@internal') return this.#context.defaultTransport
    const named = this.#streams.tcpServersTransports[transport]
    if (named !== undefined) return named
    const path = `tcp.services.${service}.loadBalancer.serversTransport`
    throw new BuildError(path, 'GTW_UNKNOWN_TRANSPORT', `servers transport "${transport}" does not exist`)
  }

  #guard(name: string, router: string): TcpGuard {
    const options = this.#streams.tcpMiddlewares[name]
    const path = `tcp.routers.${router}.middlewares`
    if (options === undefined) throw new BuildError(path, 'GTW_UNKNOWN_MIDDLEWARE', `middleware "${name}" does not exist`)
    const { keep, cells, time } = this.#context
    return buildGuard(options, { name, user: `router ${router}`, keep, cells, time })
  }
}

function buildGuard(options: TcpMiddleware, context: TcpMiddlewareContext): TcpGuard {
  for (const [kind, definition] of Object.entries<TcpMiddlewareDefinition>(tcpMiddlewareCatalogue)) {
    const own = options[kind as keyof TcpMiddleware]
    if (own !== undefined) return definition.build(own, context)
  }
  throw new BuildError(`tcp.middlewares.${context.name}`, 'GTW_MISSING', `the middleware "${context.name}" does not have any type defined`)
}
