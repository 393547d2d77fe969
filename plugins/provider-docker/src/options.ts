import { boolean, clientTls, DEFAULT_RULE, duration, type Infer, object, section, string } from 'gateway/provider'
import { endpointProblem } from './endpoint.ts'

const SOCKET = 'unix:///var/run/docker.sock'

function common(what: string) {
  return {
    endpoint: string('Where the engine listens: `unix://`, `tcp://`, `http://` or `https://`.', {
      default: SOCKET,
      check: endpointProblem,
    }),
    username: string('User name for a proxy in front of the engine.', { default: '' }),
    password: string('Password for a proxy in front of the engine.', { default: '', secret: true }),
    tls: section(clientTls),
    httpClientTimeout: duration('How long the engine may take to answer; 0 sets no limit.', { default: '0s', min: 0 }),
    watch: boolean('Follows changes; else they are read at the start and on SIGHUP.', { default: true }),
    exposedByDefault: boolean(`Serves ${what} without the label \`gateway.enable\`.`, { default: true }),
    defaultRule: string('Rule of routers that have none: a template with `.Name`, `.ContainerName` and `.Labels`.', {
      default: DEFAULT_RULE,
    }),
    constraints: string('Expression over labels; only what fits is served.', { default: '' }),
    network: string('Network whose addresses are used, unless a label names another one.', { default: '' }),
    useBindPortIP: boolean('Uses the address and port on the host to which the port is published.', { default: false }),
  }
}

/** The options under `providers.docker`. */
export const dockerOptions = object(
  'Reads routing configuration from the labels of containers.',
  {
    ...common('containers'),
    allowEmptyServices: boolean('Keeps services whose containers are starting or unhealthy, without servers: 503 in place of 404.', {
      default: false,
    }),
  },
  { standalone: true },
)

/** The options under `providers.swarm`. */
export const swarmOptions = object(
  'Reads routing configuration from the labels of Swarm services.',
  {
    ...common('services'),
    allowEmptyServices: boolean('Keeps services of which no task runs, without servers: 503 in place of 404.', { default: false }),
    refreshSeconds: duration('How often services and tasks are read.', { default: '15s', min: '100ms' }),
  },
  { standalone: true },
)

export type DockerOptions = Infer<typeof dockerOptions>
export type SwarmOptions = Infer<typeof swarmOptions>
