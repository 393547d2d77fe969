import type { Dispatch } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import { GatewayError } from '../errors.ts'
import type { ServerAddress, ServiceContext } from './definition.ts'
import type { Kept } from './kept.ts'
import { WeightedRoundRobin } from './strategy/wrr.ts'

interface ServerOptions {
  readonly url: string
  readonly weight: number
  readonly preservePath: boolean
}

/** The part of the load balancer's options that its dispatch depends on. */
export interface LoadBalancerOptions {
  readonly servers?: readonly ServerOptions[] | undefined
  readonly passHostHeader: boolean
}

/** Spreads requests over servers by weighted round robin; 503 where there is none. */
export function buildLoadBalancer(options: LoadBalancerOptions, context: ServiceContext): Dispatch {
  const servers = (options.servers ?? []).filter((server) => server.weight > 0)
  const dispatches = servers.map((server) => context.openServer(addressOf(server, options.passHostHeader)))
  const turns = context.keep(`turns ${context.name} ${JSON.stringify(servers)}`, () => new Turns(servers.map(({ weight }) => weight)))
  return function loadBalancer(request, handler) {
    const dispatch = dispatches[turns.next()]
    return dispatch === undefined ? replyError(handler, 'GTW_NO_SERVER') : dispatch(request, handler)
  }
}

/** Whose turn it is, starting anywhere: many threads and many gateways must not all begin with the same server. */
class Turns implements Kept {
  readonly #order: number[]
  readonly #strategy: WeightedRoundRobin

  constructor(weights: readonly number[]) {
    const first = Math.floor(Math.random() * weights.length)
    this.#order = weights.map((_, index) => (index + first) % weights.length)
    this.#strategy = new WeightedRoundRobin(this.#order.map((index) => weights[index] as number))
  }

  /** Index into the servers, or -1. */
  next(): number {
    return this.#order[this.#strategy.next()] ?? -1
  }

  close(): void {}
}

function addressOf({ url, preservePath }: ServerOptions, passHostHeader: boolean): ServerAddress {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  const scheme = parsed?.protocol === 'http:' ? 'http' : parsed?.protocol === 'https:' ? 'https' : undefined
  if (parsed === undefined || scheme === undefined || parsed.hostname === '') {
    throw new GatewayError('GTW_CONFIG_INVALID', `server URL "${withoutUserInfo(url)}" is not http://host[:port] or https://host[:port]`)
  }
  return {
    scheme,
    host: parsed.hostname.replace(/^\[|\]$/g, ''),
    port: parsed.port === '' ? DEFAULT_PORTS[scheme] : Number(parsed.port),
    hostField: passHostHeader ? undefined : parsed.host,
    basePath: preservePath ? parsed.pathname.replace(/\/$/, '') : '',
  }
}

const DEFAULT_PORTS = { http: 80, https: 443 }

function withoutUserInfo(url: string): string {
  return url.replace(/\/\/[^/@]*@/, '//')
}
