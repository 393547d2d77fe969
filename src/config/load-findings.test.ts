// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are literal text in a configuration.
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { type LoadedStatic, loadStatic } from './load.ts'

async function load(yaml: string, argv: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<LoadedStatic> {
  await using folder = await temporaryFolder()
  await folder.write('gateway.yml', yaml)
  return await loadStatic({ argv, env, cwd: folder.path, providers: [] })
}

/** One line per finding, so that a table can show it. */
const lines = ({ findings }: LoadedStatic): string[] =>
  findings.map(({ code, severity, path, source, suggestion }) => {
    const place = source?.kind === 'file' ? `${source.line}:${source.column}` : source?.kind
    return [severity, code, path, place, ...(suggestion === undefined ? [] : [suggestion])].join(' ')
  })

const cases = [
  {
    why: 'an address without a port',
    yaml: 'entryPoints:\n  web:\n    address: localhost\n',
    finding: 'error GTW_BAD_VALUE entryPoints.web.address 3:14',
  },
  {
    why: 'an address with an unknown protocol',
    yaml: 'entryPoints:\n  web:\n    address: ":80/sctp"\n',
    finding: 'error GTW_BAD_VALUE entryPoints.web.address 3:14',
  },
  { why: 'no address', yaml: 'entryPoints:\n  web:\n    asDefault: true\n', finding: 'error GTW_MISSING entryPoints.web.address 2:3' },
  {
    why: 'two entry points on one port',
    yaml: 'entryPoints:\n  a:\n    address: ":80"\n  b:\n    address: "0.0.0.0:80"\n',
    finding: 'error GTW_BAD_VALUE entryPoints.b.address 5:14',
  },
  {
    why: 'two entry points on one port, of which one shares it',
    yaml: 'entryPoints:\n  a:\n    address: ":80"\n    reusePort: true\n  b:\n    address: ":80"\n',
    finding: 'error GTW_BAD_VALUE entryPoints.b.address 6:14',
  },
  {
    why: 'an entry point where that of ping is made',
    yaml: 'ping: {}\nentryPoints:\n  a:\n    address: ":8080"\n',
    finding: 'error GTW_BAD_VALUE entryPoints.gateway.address 2:1',
  },
  {
    why: 'PROXY protocol from nobody',
    yaml: 'entryPoints:\n  web:\n    address: ":80"\n    proxyProtocol: {}\n',
    finding: 'error GTW_MISSING entryPoints.web.proxyProtocol 4:20',
  },
  {
    why: 'PROXY protocol from an empty list',
    yaml: 'entryPoints:\n  web:\n    address: ":80"\n    proxyProtocol:\n      insecure: false\n      trustedIPs: []\n',
    finding: 'error GTW_MISSING entryPoints.web.proxyProtocol 5:7',
  },
  {
    why: 'ping on an entry point that does not exist',
    yaml: 'entryPoints:\n  web:\n    address: ":80"\nping:\n  entryPoint: wbe\n',
    finding: 'error GTW_UNKNOWN_ENTRY_POINT ping.entryPoint 5:15 web',
  },
  {
    why: 'precedence of an unknown provider',
    yaml: 'providers:\n  precedence: [file, dokcer]\n',
    finding: 'error GTW_UNKNOWN_PROVIDER providers.precedence[1] 2:22 docker',
  },
  {
    why: 'a negative time',
    yaml: 'providers:\n  providersThrottleDuration: -1s\n',
    finding: 'error GTW_BAD_VALUE providers.providersThrottleDuration 2:30',
  },
  { why: 'an unknown level', yaml: 'log:\n  level: loud\n', finding: 'error GTW_BAD_VALUE log.level 2:10' },
  {
    why: 'an unknown key',
    yaml: 'entryPoints:\n  web:\n    adress: ":80"\n    address: ":80"\n',
    finding: 'error GTW_UNKNOWN_KEY entryPoints.web.adress 3:5 address',
  },
  { why: 'an unknown root', yaml: 'entrypoint: {}\n', finding: 'error GTW_UNKNOWN_KEY entrypoint 1:1 entryPoints' },
  {
    why: 'an option that does not work yet',
    yaml: 'hostResolver:\n  cnameFlattening: true\n',
    finding: 'warning GTW_UNSUPPORTED hostResolver 1:1',
  },
  { why: 'an API without protection', yaml: 'api:\n  insecure: true\n', finding: 'warning GTW_INSECURE api.insecure 2:13' },
  { why: 'profiles of the process', yaml: 'api:\n  debug: true\n', finding: 'warning GTW_UNSUPPORTED api.debug 2:3' },
  { why: 'a base path that could leave the path', yaml: 'api:\n  basePath: /a?b\n', finding: 'error GTW_BAD_VALUE api.basePath 2:13' },
  {
    why: 'a provider that is not installed',
    yaml: 'providers:\n  docker:\n    exposedByDefault: false\n',
    finding: 'error GTW_UNKNOWN_PROVIDER providers.docker 2:3',
  },
  {
    why: 'an option that was removed',
    yaml: 'tracing:\n  jaeger: {}\n',
    also: 'warning GTW_UNSUPPORTED tracing 1:1',
    finding: 'error GTW_UNKNOWN_KEY tracing.jaeger 2:3',
  },
  { why: 'routing in the wrong file', yaml: 'http:\n  routers: {}\n', finding: 'error GTW_UNKNOWN_KEY http 1:1' },
  {
    why: 'a variable that is not set',
    yaml: 'entryPoints:\n  web:\n    address: "${env:NONE}"\n',
    finding: 'error GTW_BAD_VALUE entryPoints.web.address 3:14',
  },
  {
    why: 'a key that stands twice',
    yaml: 'log:\n  level: info\n  level: warn\n',
    finding: 'error GTW_DUPLICATE_KEY  3:3',
  },
]

for (const { why, yaml, finding, also } of cases) {
  test(`${why} is a finding at its place`, async () => {
    expect(lines(await load(yaml))).toEqual([finding, ...(also === undefined ? [] : [also])])
  })
}

const elsewhere = [
  { why: 'flag', argv: ['--log.levle', 'debug'], finding: 'error GTW_UNKNOWN_KEY log.levle flag level' },
  { why: 'variable', env: { GATEWAY_LOG_LEVLE: 'debug' }, finding: 'error GTW_UNKNOWN_KEY log.levle env level' },
  { why: 'bad value of a flag', argv: ['--log.level=loud'], finding: 'error GTW_BAD_VALUE log.level flag' },
  {
    why: 'address in a variable',
    env: { TRAEFIK_ENTRYPOINTS_WEB_ADDRESS: '80' },
    finding: 'error GTW_BAD_VALUE entryPoints.web.address env',
  },
  {
    why: 'PROXY protocol from nobody in a flag',
    argv: ['--entryPoints.web.address=:80', '--entryPoints.web.proxyProtocol'],
    finding: 'error GTW_MISSING entryPoints.web.proxyProtocol flag',
  },
  { why: 'flag without a value', argv: ['--log.level'], finding: 'error GTW_MISSING  flag' },
  { why: 'flag that is none', argv: ['--nonsense=1'], finding: 'error GTW_UNKNOWN_KEY  flag' },
  { why: 'file without a name', argv: ['--configFile'], finding: 'error GTW_MISSING  flag' },
  {
    why: 'provider that is not installed',
    argv: ['--providers.docker', '--providers.docker.watch=false'],
    finding: 'error GTW_UNKNOWN_PROVIDER providers.docker flag',
  },
  {
    why: 'removed option',
    env: { TRAEFIK_PILOT_TOKEN: 'x', TRAEFIK_PILOT_DASHBOARD: 'false' },
    finding: 'error GTW_UNKNOWN_KEY pilot env',
  },
  { why: 'unsupported option', argv: ['--accesslog', '--accesslog.format=json'], finding: 'warning GTW_UNSUPPORTED accessLog flag' },
]

for (const { why, argv = [], env = {}, finding } of elsewhere) {
  test(`outside of the file, a ${why} is one finding`, async () => {
    expect(lines(await load('', argv, env))).toEqual([finding])
  })
}

test('a finding about a merged value points at the source that set it', async () => {
  const loaded = await load('entryPoints:\n  web:\n    address: ":80"\n', ['--entryPoints.web.address=nonsense'])
  expect(lines(loaded)).toEqual(['error GTW_BAD_VALUE entryPoints.web.address flag'])
})

const entryPoints = [
  { why: 'none: one for HTTP', yaml: '', there: { http: ':80' } },
  { why: 'none and ping: one for each', yaml: 'ping: {}', there: { http: ':80', gateway: ':8080' }, ping: 'gateway' },
  { why: 'ping with a route of its own needs none', yaml: 'ping: {manualRouting: true}', there: { http: ':80' }, ping: 'gateway' },
  { why: 'ours is kept', yaml: 'ping: {}\nentryPoints: {gateway: {address: ":9"}}', there: { gateway: ':9' }, ping: 'gateway' },
  {
    why: 'that of Traefik takes its place',
    yaml: 'ping: {}\nentryPoints: {traefik: {address: ":9"}}',
    there: { traefik: ':9' },
    ping: 'traefik',
  },
  {
    why: 'ours takes the place of that of Traefik',
    yaml: 'ping: {entryPoint: traefik}\nentryPoints: {gateway: {address: ":9"}}',
    there: { gateway: ':9' },
    ping: 'gateway',
  },
  { why: 'neither exists', yaml: 'ping: {entryPoint: traefik}', there: { http: ':80', gateway: ':8080' }, ping: 'gateway' },
  {
    why: 'another one answers ping',
    yaml: 'ping: {entryPoint: web}\nentryPoints: {web: {address: ":81"}}',
    there: { web: ':81' },
    ping: 'web',
  },
  {
    why: 'two share a port',
    yaml: 'entryPoints: {a: {address: ":80", reusePort: true}, b: {address: ":80", reusePort: true}}',
    there: { a: ':80', b: ':80' },
  },
  {
    why: 'any free port, one host, and another host on the same port',
    yaml: 'entryPoints: {a: {address: ":0"}, b: {address: ":0"}, c: {address: "127.0.0.1:80"}, d: {address: "127.0.0.2:80"}}',
    there: { a: ':0', b: ':0', c: '127.0.0.1:80', d: '127.0.0.2:80' },
  },
]

for (const { why, yaml, there, ping } of entryPoints) {
  test(`entry points: ${why}`, async () => {
    const loaded = await load(yaml)
    expect(loaded.findings).toEqual([])
    const { configuration } = loaded
    expect(Object.fromEntries(Object.entries(configuration.entryPoints).map(([name, { address }]) => [name, address]))).toEqual(there)
    expect(configuration.ping?.entryPoint).toBe(ping)
  })
}

test('an entry point that nobody wrote comes from nowhere but the defaults', async () => {
  const loaded = await load('ping: {}')
  expect(loaded.provenance(['entryPoints', 'gateway', 'address'])).toEqual({ kind: 'default' })
})

test('TCP and UDP may have the same port', async () => {
  const { configuration, findings } = await load('entryPoints: {dns: {address: ":53/udp"}, web: {address: ":53"}}')
  expect(Object.keys(configuration.entryPoints)).toEqual(['dns', 'web'])
  expect(findings).toEqual([])
})
