import { boolean, duration, enumeration, filled, type Infer, integer, list, object, section, string } from '../schema/index.ts'
import { privateCells } from '../state/cells.ts'
import { balance } from './balance.ts'
import { type BuiltService, defineService, type ServerAddress, type ServiceContext } from './definition.ts'
import { FailureWindow, failureWords, MOST_FAILURES } from './failure-window.ts'
import { healthCheckOptions } from './health-check.ts'
import { anyUp } from './member.ts'
import { Server } from './server.ts'
import { addressOf } from './server-address.ts'
import { SERVER_WORDS, ServerState, serverKey } from './server-state.ts'
import { stickyOptions } from './sticky/options.ts'
import { Sticky } from './sticky/sticky.ts'
import { ResponseTimes } from './strategy/response-times.ts'
import { KINDS, STRATEGIES } from './strategy/strategies.ts'
import { watchServer } from './watched-exchange.ts'

const server = object('A server that answers requests.', {
  url: string('Scheme (http, https or h2c), host and port, for instance `http://10.0.0.1:8080`.', { required: true }),
  weight: integer('Its share in proportion to the others; 0 or less: none. `p2c` does not look at it.', { default: 1 }),
  preservePath: boolean('Put the path of the URL in front of that of each request.', { default: false }),
  fenced: boolean('Only for clients that stay with it already.', { default: false }),
})

const passiveOptions = object('Learns from failures which servers are not well.', {
  failureWindow: duration('Failures count that fall into so long; the server is then down for as long.', { default: '10s', min: 0 }),
  maxFailedAttempts: integer('How many failures take a server down.', { default: 1, min: 0, max: MOST_FAILURES }),
})

const options = object('Spreads requests over servers.', {
  servers: list(server, 'The servers; without any, every request is answered 503.', { default: [] }),
  strategy: enumeration(['wrr', 'p2c', 'hrw', 'leasttime'], 'How the server of a request is chosen.', { default: 'wrr' }),
  passHostHeader: boolean('Send the Host of the client on; otherwise that of the server.', { default: true }),
  responseForwarding: filled(
    object('How a response is passed on.', {
      flushInterval: duration('Accepted and without effect: what arrives is passed on at once.', { default: '100ms' }),
    }),
  ),
  serversTransport: string('How to connect to the servers; without one, the `serversTransport` of the static configuration.'),
  sticky: section(stickyOptions),
  healthCheck: section(healthCheckOptions),
  passiveHealthCheck: section(passiveOptions),
})

type Options = Infer<typeof options>
type ServerOptions = Options['servers'][number]

/** Spreads requests over servers. */
export const loadBalancer = defineService({
  name: 'loadBalancer',
  options,
  references: ({ serversTransport }) =>
    serversTransport ? [{ kind: 'serversTransports', name: serversTransport, place: ['serversTransport'] }] : [],
  build: (options, context): BuiltService => {
    const { strategy, sticky, healthCheck } = options
    const servers = openServers(options, context)
    const free = servers.filter(({ fenced }) => !fenced)
    const cookie = strategy === 'hrw' ? undefined : sticky?.cookie
    return {
      dispatch: balance(STRATEGIES[strategy](free, context), cookie === undefined ? undefined : new Sticky(cookie, context.name, servers)),
      isUp: () => anyUp(free),
      reportsHealth: healthCheck !== undefined,
      kind: KINDS[strategy],
    }
  },
})

function openServers(options: Options, context: ServiceContext): Server[] {
  return options.servers
    .map((one) => ({ ...one, address: addressOf(one, options.passHostHeader) }))
    .filter(({ weight }) => weight > 0 || options.strategy === 'p2c')
    .map((one) => openServer(one, options, context))
}

interface AddressedServer extends ServerOptions {
  readonly address: ServerAddress
}

function openServer({ address, ...facts }: AddressedServer, options: Options, context: ServiceContext): Server {
  const { strategy, passiveHealthCheck, healthCheck, serversTransport } = options
  const { name, cells, keep } = context
  const plain = context.openServer(address, serversTransport || undefined)
  const times = strategy === 'leasttime' ? keep(`times ${name} ${facts.url}`, () => new ResponseTimes()) : undefined
  const counts = times !== undefined || strategy === 'p2c'
  const isShared = counts || passiveHealthCheck !== undefined || healthCheck !== undefined
  // What nobody looks at is always up.
  const state = new ServerState(isShared ? cells(serverKey(name, facts.url), SERVER_WORDS) : privateCells(SERVER_WORDS))
  const failures = passiveHealthCheck && watchFailures(facts.url, state, options, context)
  const dispatch = counts || failures !== undefined ? watchServer(plain, { state, times, failures }) : plain
  return new Server(facts, { dispatch, state, times })
}

function watchFailures(
  url: string,
  state: ServerState,
  { passiveHealthCheck, healthCheck }: Options,
  context: ServiceContext,
): FailureWindow | undefined {
  if (passiveHealthCheck === undefined) return undefined
  const { failureWindow, maxFailedAttempts } = passiveHealthCheck
  const cells = context.cells(`failures ${context.name} ${url}`, failureWords(maxFailedAttempts))
  // Where there is an active check it decides: it comes at least once before the server is tried again.
  const downMs = Math.max(failureWindow, healthCheck?.interval ?? 0)
  return new FailureWindow(cells, state, { failureWindow, maxFailedAttempts, downMs })
}
