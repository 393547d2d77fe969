import { boolean, duration, type Infer, integer, list, object, section, string } from '../../schema/index.ts'
import { askedTlsOptions } from '../shared/tls-options.ts'

/** Where the buckets are that several gateways share. */
export const redisOptions = object('Keeps the buckets in Redis, where other gateways find them; without it, in the memory of this one.', {
  endpoints: list(string('Host and port.', { check: expectedOfEndpoint }), 'The server, or several of a cluster.', {
    default: ['localhost:6379'],
  }),
  tls: section(askedTlsOptions, 'TLS towards Redis.'),
  username: string('Name of the user.'),
  password: string('Password of the user.', { secret: true }),
  db: integer('Number of the database; a cluster has only 0.', { default: 0, min: 0 }),
  poolSize: integer('Accepted and without effect: one connection of each worker carries all requests.', { default: 0, min: 0 }),
  minIdleConns: integer('Accepted and without effect.', { default: 0, min: 0 }),
  maxActiveConns: integer('Accepted and without effect.', { default: 0, min: 0 }),
  readTimeout: duration('How long an answer may take; 0 or less: no limit.', { default: '3s' }),
  writeTimeout: duration('Accepted and without effect: `readTimeout` covers the whole of a question and its answer.', { default: '3s' }),
  dialTimeout: duration('How long a connection may take to be made.', { default: '5s', min: 0 }),
  denyOnError: boolean('While Redis cannot be asked, refuse requests (500); without it they all pass.', { default: true }),
})

export type RedisOptions = Infer<typeof redisOptions>

const ENDPOINT = /^(?:\[(?<address>[\da-f:.]+)\]|(?<host>[^\s:/@[\]]+))(?::(?<port>\d{1,5}))?$/i
const DEFAULT_PORT = 6379

/** One server of a Redis. */
export interface RedisEndpoint {
  readonly host: string
  readonly port: number
}

/** Reads `host`, `host:port` or `[address]:port`; undefined where the text is none of them. */
export function readEndpoint(text: string): RedisEndpoint | undefined {
  const { address, host, port } = ENDPOINT.exec(text)?.groups ?? {}
  const name = address ?? host
  const number = port === undefined ? DEFAULT_PORT : Number(port)
  return name === undefined || number > 65_535 ? undefined : { host: name, port: number }
}

function expectedOfEndpoint(text: string): string | undefined {
  return readEndpoint(text) === undefined ? 'a host and a port such as `redis.example.com:6379`' : undefined
}
