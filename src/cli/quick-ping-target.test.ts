import { expect, test } from 'vitest'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { disableElements } from '../config/disable-elements.ts'
import { parseAddress } from '../config/entry-point.ts'
import { loadStatic } from '../config/load.ts'
import { loadPingTarget } from './ping-target.ts'
import { quickPingTarget } from './quick-ping-target.ts'

interface Case {
  readonly why: string
  readonly yaml?: string
  readonly toml?: string
  readonly json?: string
  readonly argv?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  /** Whether the quick way must know the answer by itself. */
  readonly quick: boolean
}

const TWO = 'entryPoints:\n  web:\n    address: ":80"\n  admin:\n    address: 127.0.0.1:9000\n'

const cases: readonly Case[] = [
  { why: 'ping with its defaults', yaml: 'ping: {}\n', quick: true },
  { why: 'ping that is simply true', yaml: 'ping: true\n', quick: true },
  { why: 'ping on an entry point of the user', yaml: `${TWO}ping:\n  entryPoint: admin\n`, quick: true },
  {
    why: 'quotes, comments, blank lines and a document start',
    yaml: `---\n# top\n\n${TWO}\nping: # on\n  entryPoint: 'web' # here\n`,
    quick: true,
  },
  { why: 'a status while terminating', yaml: 'ping:\n  terminatingStatusCode: 204\n', quick: true },
  { why: 'keys in another case', yaml: 'ENTRYPOINTS:\n  gateway:\n    Address: ":81"\nPing:\n  entrypoint: gateway\n', quick: true },
  { why: 'the internal entry point by its other name', yaml: 'entryPoints:\n  traefik:\n    address: ":81"\nping: {}\n', quick: true },
  {
    why: 'ping on traefik where only gateway exists',
    yaml: 'entryPoints:\n  gateway:\n    address: ":82"\nping:\n  entryPoint: traefik\n',
    quick: true,
  },
  { why: 'ping on traefik where neither exists', yaml: 'ping:\n  entryPoint: traefik\n', quick: true },
  { why: 'lines of Windows', yaml: `${TWO}ping: {}\n`.replaceAll('\n', '\r\n'), quick: true },
  {
    why: 'other sections with lists, flow and long texts',
    yaml: `log: { level: DEBUG, format: "json" }\nproviders:\n  docker: { exposedByDefault: false }\n  precedence:\n  - file\n  - docker\n${TWO}ping: {}\n`,
    quick: true,
  },
  {
    why: 'deeper options of an entry point',
    yaml: 'entryPoints:\n  gateway:\n    address: ":80"\n    http:\n      middlewares:\n        - a@file\n    forwardedHeaders:\n      trustedIPs: ["10.0.0.0/8"]\nping: {}\n',
    quick: false,
  },
  {
    why: 'deeper options of another entry point',
    yaml: `${TWO}    http:\n      middlewares:\n        - a@file\nping:\n  entryPoint: web\n`,
    quick: true,
  },
  {
    why: 'simple options of an entry point',
    yaml: `${TWO}    asDefault: true\n    reusePort: false\nping:\n  entryPoint: admin\n`,
    quick: true,
  },
  { why: 'a wrong value of an entry point', yaml: `${TWO}    asDefault: perhaps\nping:\n  entryPoint: admin\n`, quick: false },
  { why: 'a wrong value of another entry point', yaml: `${TWO}    asDefault: perhaps\nping:\n  entryPoint: web\n`, quick: true },
  { why: 'an unknown option of an entry point', yaml: `${TWO}    adress: x\nping:\n  entryPoint: admin\n`, quick: false },
  { why: 'an unknown option of another entry point', yaml: `${TWO}    adress: x\nping:\n  entryPoint: web\n`, quick: true },
  {
    why: 'an unknown option of the only other entry point',
    yaml: `${TWO.slice(0, TWO.indexOf('  admin'))}    x: y\nping: {}\n`,
    quick: true,
  },
  { why: 'an unknown section', yaml: `${TWO}pign: {}\nping:\n  entryPoint: web\n`, quick: true },
  { why: 'a section that must not be', yaml: `${TWO}http: {}\nping:\n  entryPoint: web\n`, quick: true },
  { why: 'a port that is taken', yaml: 'entryPoints:\n  a:\n    address: ":8080"\nping: {}\n', quick: false },
  { why: 'broken syntax elsewhere', yaml: `${TWO}ping:\n  entryPoint: web\nlog: [\n`, quick: false },
  { why: 'broken syntax deep elsewhere', yaml: `${TWO}ping:\n  entryPoint: web\nlog:\n  level: [\n`, quick: false },
  {
    why: 'an entry point with a name of no element',
    yaml: 'entryPoints:\n  constructor:\n    address: ":80"\nping:\n  entryPoint: constructor\n',
    quick: false,
  },
  { why: 'an entry point without options', yaml: `${TWO}  none:\nping:\n  entryPoint: web\n`, quick: false },
  { why: 'manual routing that is off', yaml: `${TWO}ping:\n  entryPoint: web\n  manualRouting: false\n`, quick: true },
  { why: 'a name that is a number', yaml: 'entryPoints:\n  web:\n    address: ":80"\nping:\n  entryPoint: 1\n', quick: false },
  { why: 'no address where ping is asked', yaml: 'entryPoints:\n  web:\n    address: ":80"\nping:\n  entryPoint: wbe\n', quick: false },
  { why: 'ping that is off', yaml: 'ping: false\n', quick: false },
  { why: 'ping without a value', yaml: 'ping:\n', quick: false },
  { why: 'no ping at all', yaml: TWO, quick: false },
  { why: 'manual routing', yaml: `${TWO}ping:\n  entryPoint: web\n  manualRouting: true\n`, quick: false },
  { why: 'an unknown option of ping', yaml: 'ping:\n  entryPont: web\n', quick: false },
  { why: 'an option that every object has', yaml: 'ping:\n  constructor: 1\n', quick: false },
  { why: 'a wrong status', yaml: 'ping:\n  terminatingStatusCode: 1000\n', quick: false },
  { why: 'a name that YAML reads as a boolean', yaml: `${TWO}ping:\n  entryPoint: true\n`, quick: false },
  {
    why: 'flow style in one level',
    yaml: 'entryPoints:\n  web: { address: ":80", asDefault: true }\nping: {entryPoint: web}\n',
    quick: true,
  },
  {
    why: 'flow style with a comma in a text',
    yaml: 'entryPoints:\n  web: { address: ":80", x: "a, b: c" }\nping: {entryPoint: web}\n',
    quick: false,
  },
  { why: 'flow style in a list with texts', yaml: "x: [a, 'b, c']\nping: {}\n", quick: true },
  { why: 'flow style in several levels', yaml: 'entryPoints: { web: { address: ":80" } }\nping: { entryPoint: web }\n', quick: true },
  { why: 'an anchor', yaml: 'x: &a\n  entryPoint: web\nping: *a\n', quick: false },
  { why: 'a merge key', yaml: 'entryPoints:\n  gateway:\n    <<: { address: ":80" }\nping: {}\n', quick: true },
  { why: 'a block scalar', yaml: 'entryPoints:\n  gateway:\n    address: >-\n      :80\nping: {}\n', quick: true },
  { why: 'an address on the next line', yaml: 'entryPoints:\n  gateway:\n    address:\n      ":80"\nping: {}\n', quick: true },
  { why: 'a value that goes on', yaml: `${TWO}ping:\n  entryPoint: web\n    x\n`, quick: false },
  { why: 'a key twice', yaml: 'ping: {}\nping: {}\n', quick: false },
  { why: 'a key twice in different case', yaml: 'ping: {}\nPING: {}\n', quick: false },
  { why: 'a second document', yaml: 'ping: {}\n---\nping: {}\n', quick: false },
  { why: 'tabs', yaml: 'ping:\n\tentryPoint: web\n', quick: false },
  { why: 'an escape', yaml: 'entryPoints:\n  gateway:\n    address: "\\x3a80"\nping: {}\n', quick: true },
  {
    why: 'a reference to a variable',
    // biome-ignore lint/suspicious/noTemplateCurlyInString: the reference is looked up when the file is read.
    yaml: 'entryPoints:\n  gateway:\n    address: "${env:ADDRESS}"\nping: {}\n',
    env: { ADDRESS: ':83' },
    quick: false,
  },
  { why: 'an address of version 6', yaml: 'entryPoints:\n  gateway:\n    address: "[::1]:80"\nping: {}\n', quick: false },
  { why: 'an address for UDP', yaml: 'entryPoints:\n  gateway:\n    address: ":80/udp"\nping: {}\n', quick: false },
  { why: 'an entry point without an address', yaml: 'entryPoints:\n  gateway:\n    asDefault: true\nping: {}\n', quick: false },
  { why: 'an empty file', yaml: '', quick: false },
  { why: 'tables of TOML', toml: '[entryPoints.web]\naddress = ":80"\n[ping]\nentryPoint = "web"\n', quick: true },
  { why: 'tables of TOML in one line', toml: 'ping = {}\nentryPoints = { gateway = { address = ":81" } }\n', quick: true },
  { why: 'what only a parser of TOML reads', toml: 'entryPoints.gateway.address = """:82"""\nping = {}\n', quick: true },
  { why: 'a TOML file that is broken', toml: '[entryPoints.web]\naddress = ":80\n[ping]\n', quick: false },
  { why: 'a TOML file with a key twice', toml: '[ping]\n[ping]\n', quick: false },
  { why: 'JSON', json: '{"entryPoints":{"Gateway":{"Address":":80"}},"ping":{"entryPoint":"Gateway"}}', quick: true },
  { why: 'JSON with a key twice', json: '{"ping":{},"ping":{}}', quick: false },
  { why: 'JSON that is broken', json: '{"ping":{},}', quick: false },
  { why: 'JSON that says nothing of ping', json: '{"ping":null}', quick: false },
  {
    why: 'flags over TOML',
    toml: '[entryPoints.web]\naddress = ":80"\n',
    argv: ['--ping.entryPoint=web', '--entryPoints.WEB.address=:86'],
    quick: true,
  },
  { why: 'a variable over JSON', json: '{"ping":true}', env: { GATEWAY_ENTRYPOINTS_GATEWAY_ADDRESS: ':87' }, quick: true },
  { why: 'a flag with an address that is none', argv: ['--ping', '--entryPoints.web.address=nowhere'], quick: false },
  { why: 'a variable of another option', env: { GATEWAY_PING: 'true', GATEWAY_ENTRYPOINTS_GATEWAY_ASDEFAULT: 'true' }, quick: false },
  { why: 'a file that is not there', argv: ['--configFile=no.yml', '--ping'], quick: false },
  { why: 'a file of no known language', yaml: 'ping: {}\n', argv: ['--configFile=gateway.yml.txt'], quick: false },
  { why: 'a list', yaml: '- ping\n', quick: false },
  { why: 'a flag alone', argv: ['--ping'], quick: true },
  { why: 'a flag with a value', argv: ['--ping=true'], quick: true },
  { why: 'flags for all of it', argv: ['--ping.entryPoint=web', '--entryPoints.web.address=:84'], quick: true },
  { why: 'flags in another case and with one dash', argv: ['-PING.entrypoint=web', '-entrypoints.web.ADDRESS=127.0.0.1:84'], quick: true },
  {
    why: 'flags over a file',
    yaml: `${TWO}ping:\n  entryPoint: web\n`,
    argv: ['--ping.entryPoint=admin', '--entrypoints.ADMIN.address=:85'],
    quick: true,
  },
  { why: 'ping as a flag over a file that says where', yaml: `${TWO}ping:\n  entryPoint: web\n`, argv: ['--ping'], quick: true },
  { why: 'ping as a flag over a file that says nothing', yaml: TWO, argv: ['--ping'], quick: true },
  { why: 'ping turned off by a flag', yaml: 'ping: {}\n', argv: ['--ping=false'], quick: false },
  { why: 'another flag', argv: ['--ping', '--log.level=DEBUG'], quick: false },
  { why: 'a flag that does not exist', argv: ['--ping', '--bogus'], quick: false },
  { why: 'an option of ping that is not known', argv: ['--ping.bogus=1'], quick: false },
  { why: 'variables', env: { GATEWAY_PING: 'true', GATEWAY_ENTRYPOINTS_GATEWAY_ADDRESS: ':86' }, quick: true },
  {
    why: 'variables of Traefik below ours',
    env: { TRAEFIK_ENTRYPOINTS_GATEWAY_ADDRESS: ':87', GATEWAY_ENTRYPOINTS_GATEWAY_ADDRESS: ':88', TRAEFIK_PING: 'true' },
    quick: true,
  },
  {
    why: 'variables below flags',
    env: { GATEWAY_PING_ENTRYPOINT: 'web', GATEWAY_ENTRYPOINTS_WEB_ADDRESS: ':89' },
    argv: ['--entryPoints.web.address=:90'],
    quick: true,
  },
  {
    why: 'a variable over a name with capitals',
    yaml: 'entryPoints:\n  Web:\n    address: ":80"\nping:\n  entryPoint: Web\n',
    env: { GATEWAY_ENTRYPOINTS_WEB_ADDRESS: ':91' },
    quick: true,
  },
  { why: 'variables of other options', yaml: 'ping: {}\n', env: { GATEWAY_LOG_LEVEL: 'DEBUG', GATEWAY_FOO: '1' }, quick: true },
  {
    why: 'what Kubernetes sets for a Service called gateway-ping',
    env: { GATEWAY_PING: 'true', GATEWAY_PING_SERVICE_HOST: '10.0.0.1' },
    quick: false,
  },
]

/** What the whole configuration says, read with the real parsers and with no regard to speed. */
async function whole(options: {
  readonly argv: readonly string[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
}): Promise<unknown> {
  const loaded = await loadStatic({ ...options, providers: [] })
  const { configuration } = disableElements(loaded)
  const address = parseAddress(configuration.entryPoints[configuration.ping?.entryPoint ?? '']?.address ?? '')
  return loaded.fatal || configuration.ping === undefined ? undefined : address
}

for (const { why, yaml, toml, json, argv = [], env = {}, quick } of cases) {
  test(`The quick way to the address of ping agrees with the whole configuration: ${why}`, async () => {
    await using folder = await temporaryFolder()
    for (const [extension, text] of Object.entries({ yml: yaml, toml, json })) {
      if (text !== undefined) await folder.write(`gateway.${extension}`, text)
    }
    const options = { argv, env, cwd: folder.path }
    const { target } = await quickPingTarget(options)
    expect(target !== undefined).toBe(quick)
    if (target === undefined) return
    expect(await whole(options)).toMatchObject(target)
    expect(await loadPingTarget(options)).toMatchObject(target)
  })
}
