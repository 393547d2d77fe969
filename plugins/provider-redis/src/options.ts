import { boolean, clientTls, type Infer, integer, list, object, section, string, unsupported } from 'gateway/provider'

const sentinel = object('Asks Redis Sentinel where the server is; `endpoints` are those of the sentinels then.', {
  masterName: string('Name under which the sentinels know the server.', { required: true }),
  username: string('Name of the user of the sentinels, where they ask for one.'),
  password: string('Password of that user.', { secret: true }),
  replicaStrategy: boolean('Reads from a replica instead of the server that is written to.', { default: false }),
  latencyStrategy: unsupported('Reads from the server that answers fastest.'),
  randomStrategy: unsupported('Reads from any server.'),
  useDisconnectedReplicas: unsupported('Reads from replicas that have lost their server, too.'),
})

/** The options under `providers.redis`. */
export const redisOptions = object(
  'Reads routing configuration from the keys of Redis.',
  {
    endpoints: list(
      string('Address of the server, `host:port`.', { check: checkEndpoint }),
      'The one server, or the sentinels that know where it is.',
      { minItems: 1, default: ['127.0.0.1:6379'] },
    ),
    rootKey: string('What all keys begin with, before the first slash below it.', {
      default: 'gateway',
      check: (value) => (/[^/]/.test(value) ? undefined : 'a name such as gateway'),
    }),
    username: string('Name of the user of Redis, where there are users.'),
    password: string('Password of that user, or of the server.', { secret: true }),
    db: integer('Number of the database.', { default: 0, min: 0 }),
    tls: section(clientTls, 'How to speak TLS to Redis, and to its sentinels.'),
    sentinel: section(sentinel),
  },
  { standalone: true },
)

export type RedisOptions = Infer<typeof redisOptions>

function checkEndpoint(value: string): string | undefined {
  return /^([^/:@\s]+|\[[\da-fA-F:.]+\]):\d{1,5}$/.test(value) ? undefined : 'host:port, for instance 127.0.0.1:6379'
}
