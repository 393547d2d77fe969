import { isIP } from 'node:net'
import { isNetwork } from '../http/trusted-ips.ts'
import { encodedCharactersOptions } from '../middlewares/encoded-characters.ts'
import {
  boolean,
  duration,
  enumeration,
  filled,
  type Infer,
  int64,
  integer,
  list,
  object,
  section,
  string,
  unsupported,
} from '../schema/index.ts'
import { entryPointObservability } from './observability.ts'
import { routerTls } from './tls.ts'

/** Where an entry point listens. `host` is empty for every address of the machine, and has no brackets. */
export interface Address {
  readonly host: string
  readonly port: number
  readonly protocol: 'tcp' | 'udp'
}

const ADDRESS = /^(?:\[(?<six>[^\]]*)\]|(?<host>[^:/[\]]*)):(?<port>\d{1,5})(?:\/(?<protocol>tcp|udp))?$/i
const ADDRESS_EXPECTED = '[host]:port[/tcp|/udp], for instance `:80`, `127.0.0.1:8080` or `[::1]:80`'

/** Reads `[host]:port[/tcp|/udp]`; where the text is something else, says what was expected. */
export function parseAddress(text: string): Address | { readonly expected: string } {
  const { six, host, port, protocol } = ADDRESS.exec(text.trim())?.groups ?? {}
  if (port === undefined) return { expected: ADDRESS_EXPECTED }
  if (Number(port) > 65_535) return { expected: 'a port from 0 to 65535' }
  if (six && isIP(six.replace(/%.*/, '')) !== 6) return { expected: 'an IPv6 address between the brackets' }
  return { host: six ?? host ?? '', port: Number(port), protocol: protocol?.toLowerCase() === 'udp' ? 'udp' : 'tcp' }
}

const checkRange = (text: string): string | undefined => (isNetwork(text) ? undefined : 'an IP address or a range such as `10.0.0.0/8`')

const checkScheme = (scheme: string): string | undefined => (/^[a-z][a-z0-9+.-]*$/i.test(scheme) ? undefined : 'a scheme such as https')

const transport = object('Connections of clients: their life, their limits, their end.', {
  lifeCycle: filled(
    object('What happens between the stop signal and the end.', {
      requestAcceptGraceTimeout: duration('How long new requests are still accepted after the stop signal.', { default: '0s', min: 0 }),
      graceTimeOut: duration('How long requests that are under way may then take to finish.', { default: '10s', min: 0 }),
    }),
  ),
  respondingTimeouts: filled(
    object('How long a client may take.', {
      readTimeout: duration('For a whole request with its content; 0 means no limit.', { default: '60s', min: 0 }),
      writeTimeout: duration('For a whole response; 0 means no limit.', { default: '0s', min: 0 }),
      idleTimeout: duration('Between two requests of one connection; 0 means no limit.', { default: '180s', min: 0 }),
      bodyIdleTimeout: duration('Between two octets of the content of a request that is not answered yet; 0 means no limit.', {
        default: '60s',
        min: 0,
      }),
      minBodyRate: integer(
        'Octets per second that the content of a request must come with on average from its eleventh second on, until it is answered; gRPC may be slower; 0 means no limit.',
        { default: 500, min: 0 },
      ),
    }),
  ),
  keepAliveMaxTime: duration('Age after which a connection is asked to close; 0 means no limit.', { default: '0s', min: 0 }),
  keepAliveMaxRequests: integer('Number of requests after which a connection is asked to close; 0 means no limit.', { default: 0, min: 0 }),
})

const range = string('An IP address or a range in CIDR form.', { check: checkRange })

const forwardedHeaders = object('Which `X-Forwarded-*` header fields of clients are believed.', {
  insecure: boolean('Believe every client.', { default: false }),
  trustedIPs: list(range, 'Clients whose fields are believed.', { default: [] }),
  connection: list(string('A field name.'), 'Fields that `Connection` may name and that are kept all the same.', { default: [] }),
  notAppendXForwardedFor: boolean('Do not add the address of the client to `X-Forwarded-For`.', { default: false }),
  addXForwardedSchemeHeaders: boolean('Also tell `X-Forwarded-Proto` as `X-Forwarded-Scheme` and `X-Scheme`.', { default: false }),
})

const proxyProtocol = object(
  'Read PROXY protocol headers, version 1 and 2, and take the addresses from those that are believed.',
  {
    insecure: boolean('Believe the headers of every client.', { default: false }),
    trustedIPs: list(range, 'Clients whose headers are believed; one of the two options must be given.', { default: [] }),
  },
  { standalone: true },
)

/** The highest priority but that of ping. */
const REDIRECTION_PRIORITY = 2n ** 63n - 2n

const redirections = object('Redirect every request.', {
  entryPoint: section(
    object('Redirect every request to another entry point.', {
      to: string('Name of an entry point, or `:port`.', { required: true }),
      scheme: string('The scheme to redirect to.', { default: 'https', check: checkScheme }),
      permanent: boolean('Redirect for good (301 or 308) instead of for now (302 or 307).', { default: true }),
      priority: int64('Priority of the router that redirects; higher ones are tried before it.', { default: REDIRECTION_PRIORITY }),
    }),
  ),
})

const http = object('What holds for every HTTP request of the entry point.', {
  middlewares: list(string('A middleware, with its `@provider`.'), 'Middlewares that run before those of each router.', { default: [] }),
  maxHeaderBytes: integer('Largest head of a request in octets; more is answered 431.', { default: 65_536, min: 1 }),
  sanitizePath: boolean('Resolve `.` and `..` and join repeated slashes before routing.', { default: true }),
  encodeQuerySemicolons: boolean('Send `;` in a query on as `%3B`; otherwise it separates parameters, as `&` does.', { default: false }),
  underscoreHeadersStrategy: enumeration(
    ['keep', 'delete', 'reject'],
    'What happens to header fields with an underscore in their name; `reject` answers 400.',
    { default: 'keep' },
  ),
  tls: section(routerTls, 'Serve every router of the entry point with TLS that says nothing else.'),
  redirections: section(redirections),
  encodedCharacters: section(encodedCharactersOptions({ allowed: true })),
})

const http2 = object('Limits of HTTP/2.', {
  maxConcurrentStreams: integer('Requests of one connection at the same time.', { default: 250, min: 0, max: 2 ** 31 - 1 }),
  maxDecoderHeaderTableSize: integer('Octets for the memory of header fields that clients send.', {
    default: 4096,
    min: 0,
    max: 2 ** 31 - 1,
  }),
  maxEncoderHeaderTableSize: integer('Octets for the memory of header fields that go to clients.', {
    default: 4096,
    min: 0,
    max: 2 ** 31 - 1,
  }),
})

const udp = object('Sessions of UDP.', {
  timeout: duration('Silence after which a session ends.', { default: '3s', min: '1ms' }),
})

/** One entry point: an address where the gateway listens, and what holds for everything that arrives there. */
export const entryPoint = object('An address where the gateway listens.', {
  address: string('`[host]:port[/tcp|/udp]`; no host means every address of the machine.', { required: true }),
  asDefault: boolean('Serves the routers that name no entry point; without any such entry point, all of them do.', { default: false }),
  reusePort: boolean('Share the port with other processes that do the same.', { default: false }),
  transport: filled(transport),
  forwardedHeaders: filled(forwardedHeaders),
  http: filled(http),
  http2: filled(http2),
  http3: unsupported('HTTP/3 over UDP on the same address.'),
  udp: filled(udp),
  proxyProtocol: section(proxyProtocol),
  observability: section(entryPointObservability),
  allowACMEByPass: boolean('Let routers and servers answer the challenges of authorities (ACME) that are not for the gateway itself.', {
    default: false,
  }),
})

export type EntryPoint = Infer<typeof entryPoint>
