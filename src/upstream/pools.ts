import type { Dispatch } from '../dispatch/dispatch.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Keeper } from '../runtime/keeper.ts'
import type { ServerAddress } from '../services/definition.ts'
import type { Destination } from './connector.ts'
import { Pool, type PoolOptions } from './pool.ts'

/** The part of a servers transport that pools depend on; durations in milliseconds. */
export interface TransportOptions {
  readonly serverName?: string | undefined
  readonly insecureSkipVerify: boolean
  readonly rootCAs: readonly string[]
  readonly maxIdleConnsPerHost: number
  readonly forwardingTimeouts: {
    readonly dialTimeout: number
    readonly responseHeaderTimeout: number
    readonly idleConnTimeout: number
  }
}

/** 0 stands for the default of the field (2 idle connections for each host). */
const DEFAULT_MAX_IDLE = 2

/** Opens servers: one pool for each destination and transport, shared by every service that names it. */
export class Pools {
  readonly #keeper: Keeper
  readonly #clock: Clock

  constructor(keeper: Keeper, clock: Clock) {
    this.#keeper = keeper
    this.#clock = clock
  }

  /** The dispatch that sends requests to one server. */
  open({ scheme, host, port, hostField, basePath }: ServerAddress, transport: TransportOptions): Dispatch {
    const { serverName, insecureSkipVerify, rootCAs, maxIdleConnsPerHost, forwardingTimeouts } = transport
    const destination: Destination = { scheme, host, port, serverName, insecureSkipVerify, rootCAs }
    const options: PoolOptions = {
      timeouts: {
        dialMs: forwardingTimeouts.dialTimeout,
        responseHeadMs: forwardingTimeouts.responseHeaderTimeout,
        idleMs: forwardingTimeouts.idleConnTimeout,
      },
      maxIdle: maxIdleConnsPerHost === 0 ? DEFAULT_MAX_IDLE : maxIdleConnsPerHost,
    }
    const pool = this.#keeper.take(`pool ${JSON.stringify([destination, options])}`, () => new Pool(destination, options, this.#clock))
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
}

function hostFieldOf({ scheme, host, port }: Destination): string {
  const name = host.includes(':') ? `[${host}]` : host
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`
}
