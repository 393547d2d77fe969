import { hash } from 'node:crypto'
import type { Dispatch } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { ServerAddress } from '../services/definition.ts'
import type { ClientTlsSettings } from '../tls/client-options.ts'
import type { Destination } from './connector.ts'
import { NegotiatingPool } from './negotiating-pool.ts'
import { Pool, type PoolOptions, type ServerPool } from './pool.ts'
import { TransportTls } from './transport-tls.ts'

/** The part of a servers transport that pools depend on; durations in milliseconds. */
export interface TransportOptions extends ClientTlsSettings {
  readonly maxIdleConnsPerHost: number
  readonly disableHTTP2: boolean
  readonly forwardingTimeouts: {
    readonly dialTimeout: number
    readonly responseHeaderTimeout: number
    readonly idleConnTimeout: number
    readonly readIdleTimeout: number
    readonly pingTimeout: number
  }
}

/** 0 stands for the default of the field (2 idle connections for each host). */
const DEFAULT_MAX_IDLE = 2

/** Opens servers: one pool for each destination and transport, shared by every service that names it. */
export class Pools {
  readonly #keeper: Keeper
  readonly #clock: Clock
  /** A transport may hold long certificates, and thousands of servers may use it. */
  readonly #digests = new WeakMap<TransportOptions, string>()

  constructor(keeper: Keeper, clock: Clock) {
    this.#keeper = keeper
    this.#clock = clock
  }

  /** The dispatch that sends requests to one server. */
  open({ scheme, host, port, hostField, basePath }: ServerAddress, transport: TransportOptions): Dispatch {
    // What speaks nothing but HTTP/2 cannot be asked without it.
    if (scheme === 'h2c' && transport.disableHTTP2) return (_request, handler) => replyError(handler, 'GTW_INTERNAL')
    const destination: Destination = { scheme, host, port }
    const pool = this.#poolFor(destination, transport)
    const ownField = hostFieldOf(destination)
    return function server(request, handler) {
      const { departure } = request
      if (departure !== undefined) {
        request.departure = undefined
        departure.depart(request)
      }
      if (basePath !== '') request.path = basePath + request.path
      return pool.dispatch(request, handler, hostField ?? (request.host === '' ? ownField : request.host))
    }
  }

  #poolFor(destination: Destination, transport: TransportOptions): ServerPool {
    const digest = this.#digestOf(transport)
    const tls = this.#keeper.take(`tls ${digest}`, () => new TransportTls(transport))
    const { scheme, host, port } = destination
    return this.#keeper.take<ServerPool>(`pool ${scheme} ${host} ${port} ${digest}`, () => {
      const options = poolOptions(transport, tls.optionsFor(host))
      const isPlain = scheme === 'http' || transport.disableHTTP2
      return isPlain ? new Pool(destination, options, this.#clock) : new NegotiatingPool(destination, options, this.#clock)
    })
  }

  #digestOf(transport: TransportOptions): string {
    const known = this.#digests.get(transport)
    if (known !== undefined) return known
    const digest = hash('sha256', JSON.stringify(transport))
    this.#digests.set(transport, digest)
    return digest
  }
}

function poolOptions({ maxIdleConnsPerHost, forwardingTimeouts }: TransportOptions, tlsOptions: PoolOptions['tlsOptions']): PoolOptions {
  return {
    timeouts: {
      dialMs: forwardingTimeouts.dialTimeout,
      responseHeadMs: forwardingTimeouts.responseHeaderTimeout,
      idleMs: forwardingTimeouts.idleConnTimeout,
      readIdleMs: forwardingTimeouts.readIdleTimeout,
      pingMs: forwardingTimeouts.pingTimeout,
    },
    maxIdle: maxIdleConnsPerHost === 0 ? DEFAULT_MAX_IDLE : maxIdleConnsPerHost,
    tlsOptions,
  }
}

function hostFieldOf({ scheme, host, port }: Destination): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`
}
