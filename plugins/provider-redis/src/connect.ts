import { type ClientTls, type ProviderContext, readClientTls } from 'gateway/provider'
import type { RedisOptions as AllClientOptions, Redis } from 'ioredis'
import { connectorsOf } from './connectors.ts'
import type { RedisOptions } from './options.ts'

type ClientOptions = Omit<AllClientOptions, 'replyMapping'>

/** Makes two clients for one server, of which none is connected yet. */
export type Connect = () => Clients

export interface Clients {
  readonly commands: Redis
  /** Hears of changes. */
  readonly events: Redis
}

const CONNECT_WITHIN_MS = 5_000
const ANSWER_WITHIN_MS = 5_000

/** Loads the client library and makes ready what all connections have in common. */
export async function connector({ options, log }: Pick<ProviderContext<RedisOptions>, 'options' | 'log'>): Promise<Connect> {
  if (options.endpoints.length > 1 && options.sentinel === undefined) {
    throw new Error('the option `endpoints` names several servers: it is one, or several sentinels with the option `sentinel`')
  }
  const library = await import('ioredis')
  const { ToServer, ThroughSentinels } = connectorsOf(library)
  const tls = options.tls && (await readClientTls(options.tls, log))
  const client: ClientOptions = {
    ...COMMON,
    ...identityOf(options),
    ...addressOf(options, tls),
    Connector: options.sentinel ? ThroughSentinels : ToServer,
  }
  return () => ({ commands: new library.Redis(client), events: new library.Redis(client) })
}

/** Whoever uses a connection decides what follows from its loss. */
const COMMON: ClientOptions = {
  lazyConnect: true,
  retryStrategy: null,
  sentinelRetryStrategy: () => null,
  maxRetriesPerRequest: 0,
  enableOfflineQueue: false,
  autoResubscribe: false,
  autoResendUnfulfilledCommands: false,
  maxLoadingRetryTime: 0,
  connectTimeout: CONNECT_WITHIN_MS,
  commandTimeout: ANSWER_WITHIN_MS,
  sentinelCommandTimeout: ANSWER_WITHIN_MS,
  connectionName: 'gateway',
  disableClientInfo: true,
  protocol: 2,
}

function identityOf({ username, password, db }: RedisOptions): ClientOptions {
  return { db, ...(username === undefined ? {} : { username }), ...(password === undefined ? {} : { password }) }
}

function addressOf({ endpoints, sentinel }: RedisOptions, tls: ClientTls | undefined): ClientOptions {
  const addresses = endpoints.map(parseEndpoint)
  if (sentinel === undefined) return { ...addresses[0], ...(tls && { tls }) }
  const { masterName, username, password, replicaStrategy } = sentinel
  return {
    sentinels: addresses,
    name: masterName,
    role: replicaStrategy ? 'slave' : 'master',
    ...(username === undefined ? {} : { sentinelUsername: username }),
    ...(password === undefined ? {} : { sentinelPassword: password }),
    ...(tls && { tls, sentinelTLS: tls, enableTLSForSentinelMode: true }),
  }
}

function parseEndpoint(endpoint: string): { host: string; port: number } {
  const colon = endpoint.lastIndexOf(':')
  return { host: endpoint.slice(0, colon).replace(/^\[|\]$/g, ''), port: Number(endpoint.slice(colon + 1)) }
}
