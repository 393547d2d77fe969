import { boolean, deprecated, duration, type Infer, integer, list, object, section, string } from '../schema/index.ts'
import { expectedOfAddress } from './address.ts'

/** A longer text is not sent, and not waited for. */
const LONGEST_TEXT = 65_535

const checkText = (text: string): string | undefined =>
  Buffer.byteLength(text) > LONGEST_TEXT ? `at most ${LONGEST_TEXT} octets` : undefined

/** Options of the health check of the servers of a TCP service. */
const healthCheck = object(
  'Connects to every server at intervals, and may exchange a few octets; connections go to those that answer.',
  {
    port: integer('Port in place of that of the server; 0: that of the server.', { default: 0, min: 0, max: 65_535 }),
    send: string('Text to send; without one, nothing.', { default: '', check: checkText }),
    expect: string('Text that must come back; without one, to connect is enough.', { default: '', check: checkText }),
    interval: duration('Time from one check of a server to the next; 0 or less means 30s.', { default: '30s' }),
    unhealthyInterval: duration('The same for a server that is down; without it, `interval`.'),
    timeout: duration('How long one check may take; 0 or less means 5s.', { default: '5s' }),
  },
  { standalone: true },
)

export type TcpHealthCheck = Infer<typeof healthCheck>

/** The option `proxyProtocol` of what connects to servers. */
export const proxyProtocolOptions = object(
  'Tells servers who the client is, by a header of the PROXY protocol.',
  { version: integer('Version of the protocol, 1 or 2.', { default: 2, min: 1, max: 2 }) },
  { standalone: true },
)

const server = object('A server.', {
  address: string('`host:port`.', { required: true, check: expectedOfAddress }),
  tls: boolean('Use TLS towards the server.', { default: false }),
})

/** Options of a TCP service that spreads connections over servers. */
export const tcpLoadBalancer = object('Spreads connections over servers.', {
  servers: list(server, 'The servers; without any, every connection is closed.', { default: [] }),
  serversTransport: string('How to connect to the servers; without one, the `tcpServersTransport` of the static configuration.'),
  healthCheck: section(healthCheck),
  proxyProtocol: section(deprecated(proxyProtocolOptions, 'belongs to a servers transport now')),
  terminationDelay: deprecated(
    integer('Milliseconds that one side may go on after the other has ended; negative means without a limit.'),
    'belongs to a servers transport now',
  ),
})

const child = object('A service that gets a part of the connections.', {
  name: string('Name of the service.', { required: true }),
  weight: integer('Its share in proportion to the others; 0 or less: none.', { default: 1 }),
})

/** The option `services` of those that choose between several. */
export const streamChildren = list(child, 'The services to choose from.', { default: [] })

/** Options of a TCP service that spreads connections over services. */
export const tcpWeighted = object('Spreads connections over services in proportion to weights.', {
  services: streamChildren,
  healthCheck: section(
    object('Follows the health of the services below, which must check it, and tells it to those above.', {}, { standalone: true }),
  ),
})

export type TcpLoadBalancer = Infer<typeof tcpLoadBalancer>
export type TcpWeighted = Infer<typeof tcpWeighted>
