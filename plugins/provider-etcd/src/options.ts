import { clientTls, type Infer, list, object, section, string } from 'gateway/provider'

/** The options under `providers.etcd`. */
export const etcdOptions = object(
  'Reads routing configuration from the keys of etcd (version 3 of its API).',
  {
    endpoints: list(
      string('Address of a member of the cluster: `host:port`.', { check: checkEndpoint }),
      'Members to ask, one after another.',
      {
        minItems: 1,
        default: ['127.0.0.1:2379'],
      },
    ),
    rootKey: string('What all keys begin with, before the first slash below it.', {
      default: 'gateway',
      check: (value) => (/[^/]/.test(value) ? undefined : 'a name such as gateway'),
    }),
    username: string('Name of the user of etcd, where it asks for one.'),
    password: string('Password of that user.', { secret: true }),
    tls: section(clientTls, 'How to speak TLS to etcd.'),
  },
  { standalone: true },
)

export type EtcdOptions = Infer<typeof etcdOptions>

function checkEndpoint(value: string): string | undefined {
  return /^(https?:\/\/)?([^/:@\s]+|\[[\da-fA-F:.]+\]):\d{1,5}\/?$/.test(value) ? undefined : 'host:port, for instance 127.0.0.1:2379'
}
