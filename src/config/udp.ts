import { filled, type Infer, list, map, object, section, string } from '../schema/index.ts'
import { expectedOfAddress } from '../tcp/address.ts'
import { streamChildren } from '../tcp/options.ts'

const router = object('Which service gets the datagrams of an entry point.', {
  entryPoints: list(string('Name of an entry point.'), 'Entry points that it listens to; without any, all those of UDP.', { default: [] }),
  service: string('The service that gets the datagrams.'),
})

const server = object('A server.', { address: string('`host:port`.', { required: true, check: expectedOfAddress }) })

const service = object(
  'What gets datagrams: exactly one kind of service.',
  {
    loadBalancer: section(
      object('Spreads sessions over servers.', {
        servers: list(server, 'The servers; without any, every datagram is dropped.', { default: [] }),
      }),
    ),
    weighted: section(object('Spreads sessions over services in proportion to weights.', { services: streamChildren })),
  },
  { exactlyOne: true },
)

/** The section `udp` of the dynamic configuration. */
export const udpConfiguration = object('UDP.', {
  routers: filled(map(router, 'Routers by name.')),
  services: filled(map(service, 'Services by name.')),
})

export type UdpRouter = Infer<typeof router>
export type UdpService = Infer<typeof service>

/** A UDP router as the data plane needs it: the only one of its entry points. */
export interface SnapshotUdpRouter {
  readonly entryPoints: readonly string[]
  readonly service: string
}
