import { hash } from 'node:crypto'
import type { Cluster, Redis } from 'ioredis'
import type { Kept } from '../../state/kept.ts'
import type { BucketRules } from './bucket-table.ts'
import { type RedisOptions, readEndpoint } from './redis-options.ts'

/** A connection that is lost is tried again after so long at most. */
const MOST_BACKOFF_MS = 2_000

/** With 0 as without a limit of its own. */
const DEFAULT_DIAL_MS = 5_000

/**
 * One token bucket as a hash of two numbers, in microseconds of the clock of Redis, which is the one clock that all gateways
 * share. Answers how many microseconds the request has to wait; a token that is too far away is not taken.
 */
const TAKE = `
local now = redis.call('TIME')
now = now[1] * 1000000 + now[2]
local perToken, burst, most, ttl = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local bucket = redis.call('HMGET', KEYS[1], 'last', 'tokens')
local last, tokens = tonumber(bucket[1] or now), tonumber(bucket[2] or burst)
if now > last then
  tokens = math.min(burst, tokens + (now - last) / perToken)
  last = now
end
local wait = math.max(0, (1 - tokens) * perToken + last - now)
if wait <= most then tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'last', string.format('%.0f', last), 'tokens', string.format('%.9f', tokens))
redis.call('EXPIRE', KEYS[1], ttl)
return math.ceil(wait)`

const TAKE_SHA1 = hash('sha1', TAKE)

type Client = Redis | Cluster

/** Token buckets in a Redis. The first question connects; a connection that is lost comes back by itself. */
export class RedisBuckets implements Kept {
  readonly #options: RedisOptions
  #client: Promise<Client> | undefined
  #lastError: Error | undefined
  /** Why Redis cannot be asked, as it was first seen. */
  #problem: string | undefined
  /** Who hears of that, by name. */
  readonly #watchers = new Map<string, (problem: string | undefined) => void>()
  #isClosed = false

  constructor(options: RedisOptions) {
    this.#options = options
  }

  /** How many milliseconds a request has to wait for its token; rejects while Redis cannot be asked. */
  async take(key: string, { msPerToken, burst, maxDelayMs }: BucketRules): Promise<number> {
    this.#client ??= this.#connect()
    const client = await this.#client
    const perSecond = 1000 / msPerToken
    const ttl = perSecond >= 1 ? 2 : 1 + Math.floor(1 / perSecond)
    const values = [msPerToken * 1000, burst, maxDelayMs * 1000, Math.max(ttl, Math.ceil((burst * msPerToken) / 1000))]
    try {
      const waitMs = (await this.#run(client, key, values)) / 1000
      this.#tell(undefined)
      return waitMs
    } catch (error) {
      this.#tell((error as Error).message)
      throw error
    }
  }

  /** Tells why Redis cannot be asked, and when it can again; there is one watcher of each name. */
  watch(name: string, watcher: (problem: string | undefined) => void): void {
    this.#watchers.set(name, watcher)
    if (this.#problem !== undefined) watcher(this.#problem)
  }

  close(): void {
    this.#isClosed = true
    this.#tell(undefined)
    this.#watchers.clear()
    void this.#client?.then((client) => client.disconnect())
  }

  async #run(client: Client, key: string, values: readonly number[]): Promise<number> {
    try {
      return Number(await client.evalsha(TAKE_SHA1, 1, key, ...values))
    } catch (error) {
      // A Redis that was started anew does not know the script.
      if ((error as Error).message.startsWith('NOSCRIPT')) return Number(await client.eval(TAKE, 1, key, ...values))
      throw this.#lastError ?? error
    }
  }

  /** Each attempt may fail in another way: the first one is told, and then the end of it. */
  #tell(problem: string | undefined): void {
    if ((problem === undefined) === (this.#problem === undefined)) return
    this.#problem = problem
    for (const watcher of this.#watchers.values()) watcher(problem)
  }

  async #connect(): Promise<Client> {
    // Only those who use it pay for loading it.
    const { Redis, Cluster } = await import('ioredis')
    const endpoints = this.#options.endpoints.flatMap((text) => readEndpoint(text) ?? [])
    const [first = { host: 'localhost', port: 6379 }] = endpoints
    const redisOptions = connectionOptions(this.#options)
    const client: Client =
      endpoints.length > 1
        ? new Cluster(endpoints, { redisOptions, enableOfflineQueue: false, clusterRetryStrategy: backOff })
        : new Redis({ ...redisOptions, ...first, db: this.#options.db, enableOfflineQueue: false, retryStrategy: backOff })
    client.on('error', (error: Error) => {
      this.#lastError = error
      this.#tell(error.message)
    })
    client.on('close', () => this.#tell('the connection was lost'))
    client.on('ready', () => {
      this.#lastError = undefined
      this.#tell(undefined)
    })
    if (this.#isClosed) client.disconnect()
    else await firstConnection(client)
    return client
  }
}

/** What comes before the first connection waits for how it goes, once; later losses are told at once. */
function firstConnection(client: Client): Promise<void> {
  return new Promise((resolve) => {
    client.once('ready', () => resolve())
    client.once('error', () => resolve())
    client.once('close', () => resolve())
  })
}

/** What holds for every connection, whether to one server or to those of a cluster. */
function connectionOptions({ tls, username, password, readTimeout, dialTimeout }: RedisOptions) {
  return {
    ...(username ? { username } : {}),
    ...(password ? { password } : {}),
    ...(readTimeout > 0 ? { commandTimeout: readTimeout } : {}),
    ...(tls === undefined ? {} : { tls: { ...pem(tls), rejectUnauthorized: !tls.insecureSkipVerify } }),
    connectTimeout: dialTimeout || DEFAULT_DIAL_MS,
    // A request must hear at once that nobody can be asked, instead of waiting for better times.
    maxRetriesPerRequest: 0,
  }
}

function backOff(times: number): number {
  return Math.min(times * 100, MOST_BACKOFF_MS)
}

function pem({ ca, cert, key }: NonNullable<RedisOptions['tls']>) {
  return { ...(ca ? { ca } : {}), ...(cert ? { cert } : {}), ...(key ? { key } : {}) }
}
