// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are literal text in a configuration.
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temp.ts'
import type { Path } from '../findings/finding.ts'
import { boolean, object, string } from '../schema/index.ts'
import { type LoadedStatic, type LoadStaticOptions, loadStatic } from './load.ts'

const file = {
  name: 'file',
  options: object(
    'Reads files.',
    { directory: string('A folder.'), filename: string('A file.'), watch: boolean('Watch it.', { default: true }) },
    { standalone: true },
  ),
}

interface Sources {
  readonly yaml?: string
  readonly env?: NodeJS.ProcessEnv
  readonly flags?: readonly string[]
}

async function load({ yaml, env = {}, flags = [] }: Sources): Promise<LoadedStatic> {
  await using folder = await temporaryFolder()
  if (yaml !== undefined) await folder.write('gateway.yml', yaml)
  return await loadStatic({ argv: flags, env, cwd: folder.path, providers: [file] })
}

const loadIn = (folder: TemporaryFolder, options: Partial<LoadStaticOptions> = {}) =>
  loadStatic({ argv: [], env: {}, cwd: folder.path, providers: [file], ...options })

const read = (loaded: LoadedStatic, path: Path): unknown =>
  path.reduce<unknown>((value, step) => (value as Record<string | number, unknown> | undefined)?.[step], loaded.configuration)

const ALL: Sources = {
  yaml: 'log:\n  level: ERROR\n',
  env: { TRAEFIK_LOG_LEVEL: 'warn', GATEWAY_LOG_LEVEL: 'info' },
  flags: ['--log.level=debug'],
}
const { yaml = '', env = {}, flags = [] } = ALL
const TRAEFIK_ENV = { TRAEFIK_LOG_LEVEL: 'warn' }
const level: Path = ['log', 'level']

const precedence = [
  { why: 'nothing', sources: {}, value: 'INFO', source: { kind: 'default' } },
  { why: 'file', sources: { yaml }, value: 'ERROR', source: { kind: 'file', line: 2, column: 10 } },
  { why: 'TRAEFIK_ over file', sources: { yaml, env: TRAEFIK_ENV }, value: 'WARN', source: { kind: 'env', variable: 'TRAEFIK_LOG_LEVEL' } },
  { why: 'GATEWAY_ over TRAEFIK_', sources: { yaml, env }, value: 'INFO', source: { kind: 'env', variable: 'GATEWAY_LOG_LEVEL' } },
  { why: 'flag over all', sources: ALL, value: 'DEBUG', source: { kind: 'flag', flag: '--log.level' } },
  { why: 'flag over file', sources: { yaml, flags }, value: 'DEBUG', source: { kind: 'flag', flag: '--log.level' } },
  { why: 'flag over env', sources: { env, flags }, value: 'DEBUG', source: { kind: 'flag', flag: '--log.level' } },
]

for (const { why, sources, value, source } of precedence) {
  test(`precedence of one key: ${why}`, async () => {
    const loaded = await load(sources)
    expect(loaded.findings).toEqual([])
    expect(read(loaded, level)).toBe(value)
    expect(loaded.provenance(level)).toMatchObject(source)
  })
}

test('keys side by side come each from their own source', async () => {
  const loaded = await load({
    yaml: 'entryPoints:\n  Web:\n    address: ":80"\n    asDefault: true\nlog: { format: json }\n',
    env: { GATEWAY_ENTRYPOINTS_WEB_REUSEPORT: 'true' },
    flags: ['--entrypoints.web.http.sanitizePath=false'],
  })
  expect(loaded.findings).toEqual([])
  expect(Object.keys(loaded.configuration.entryPoints)).toEqual(['Web'])
  expect(loaded.configuration.entryPoints.Web).toMatchObject({
    address: ':80',
    asDefault: true,
    reusePort: true,
    http: { sanitizePath: false },
  })
  const kinds = ['address', 'asDefault', 'reusePort', 'forwardedHeaders'].map((key) => loaded.provenance(['entryPoints', 'Web', key])?.kind)
  expect(kinds).toEqual(['file', 'file', 'env', 'default'])
  expect(loaded.provenance(['entryPoints', 'Web', 'http', 'sanitizePath'])).toEqual({
    kind: 'flag',
    flag: '--entrypoints.web.http.sanitizePath',
  })
  expect(loaded.provenance(['entryPoints', 'none'])).toBeUndefined()
})

test('a list is replaced as a whole', async () => {
  const loaded = await load({ yaml: 'providers: { precedence: [file, docker] }', flags: ['--providers.precedence=docker'] })
  expect(loaded.configuration.providers.precedence).toEqual(['docker'])
  expect(loaded.provenance(['providers', 'precedence', 0])).toEqual({ kind: 'flag', flag: '--providers.precedence' })
})

test('a section that the file configures can be switched off, and switching it on keeps what the file says', async () => {
  const written = 'providers: { file: { directory: /d } }'
  expect((await load({ yaml: written, flags: ['--providers.file=false'] })).configuration.providers.file).toBeUndefined()
  expect((await load({ yaml: written, flags: ['--providers.file'] })).configuration.providers.file).toEqual({
    directory: '/d',
    watch: true,
  })
})

const equivalences = [
  {
    path: ['entryPoints', 'web', 'address'],
    value: ':80',
    yaml: 'entryPoints: {web: {address: ":80"}}',
    flags: ['--entryPoints.web.address=:80'],
    env: { TRAEFIK_ENTRYPOINTS_WEB_ADDRESS: ':80' },
  },
  {
    path: ['providers', 'file'],
    value: { watch: true },
    yaml: 'providers: {file: {}}',
    flags: ['--providers.file'],
    env: { TRAEFIK_PROVIDERS_FILE: 'true' },
  },
  {
    path: ['entryPoints', 'web', 'forwardedHeaders', 'trustedIPs'],
    value: ['10.0.0.0/8', '::1'],
    yaml: 'entryPoints: {web: {address: ":80", forwardedHeaders: {trustedIPs: [10.0.0.0/8, ::1]}}}',
    flags: ['--entryPoints.web.address', ':80', '--entryPoints.web.forwardedHeaders.trustedIPs=10.0.0.0/8,::1'],
    env: { TRAEFIK_ENTRYPOINTS_WEB_ADDRESS: ':80', TRAEFIK_ENTRYPOINTS_WEB_FORWARDEDHEADERS_TRUSTEDIPS: '10.0.0.0/8,::1' },
  },
  {
    path: ['ping'],
    value: { entryPoint: 'gateway', manualRouting: false, terminatingStatusCode: 503 },
    yaml: 'ping: {}',
    flags: ['--ping'],
    env: { TRAEFIK_PING: 'true' },
  },
  {
    path: ['providers', 'providersThrottleDuration'],
    value: 5000,
    yaml: 'providers: {providersThrottleDuration: 5}',
    flags: ['--providers.providersThrottleDuration=5'],
    env: { TRAEFIK_PROVIDERS_PROVIDERSTHROTTLEDURATION: '5s' },
  },
]

for (const { path, value, ...sources } of equivalences) {
  test(`${path.join('.')} can be said in a file, as flags and in the environment`, async () => {
    for (const source of [{ yaml: sources.yaml }, { flags: sources.flags }, { env: sources.env }]) {
      const loaded = await load(source)
      expect(loaded.findings).toEqual([])
      expect(read(loaded, path)).toEqual(value)
    }
  })
}

const DOCUMENTS = {
  'gateway.yml':
    'log:\n  level: debug\nentryPoints:\n  web:\n    address: ":80"\n    http:\n      middlewares: [a@file, b@file]\nping: {}\n',
  'gateway.toml':
    '[log]\nlevel = "debug"\n[entryPoints.web]\naddress = ":80"\n[entryPoints.web.http]\nmiddlewares = ["a@file", "b@file"]\n[ping]\n',
  'gateway.json': '{"log":{"level":"debug"},"entryPoints":{"web":{"address":":80","http":{"middlewares":["a@file","b@file"]}}},"ping":{}}',
}

test('the same content loads alike from YAML, TOML and JSON', async () => {
  const configurations = []
  for (const [name, content] of Object.entries(DOCUMENTS)) {
    await using folder = await temporaryFolder()
    const path = await folder.write(name, content)
    const { configuration, findings, file: found } = await loadIn(folder)
    expect([found, findings]).toEqual([path, []])
    configurations.push(configuration)
  }
  expect(configurations[0]?.log.level).toBe('DEBUG')
  expect(configurations[1]).toEqual(configurations[0])
  expect(configurations[2]).toEqual(configurations[0])
})

test('files are found in the folders of the user, ours before those of Traefik', async () => {
  await using folder = await temporaryFolder()
  const places = ['work/gateway.toml', 'xdg/gateway/gateway.yml', 'home/.config/gateway/gateway.json', 'work/traefik.yml']
  const written = await Promise.all(places.map((place) => folder.write(place, place.endsWith('json') ? '{}' : '')))
  const settings = {
    cwd: join(folder.path, 'work'),
    env: { XDG_CONFIG_HOME: join(folder.path, 'xdg'), HOME: join(folder.path, 'home') },
  }
  const { rm } = await import('node:fs/promises')
  for (const path of written) {
    const { file: found, findings } = await loadIn(folder, settings)
    expect(found).toBe(path)
    const info = { code: 'GTW_COMPATIBILITY', severity: 'info', source: { kind: 'file', file: path } }
    expect(findings).toMatchObject(path.endsWith('traefik.yml') ? [info] : [])
    await rm(path)
  }
  expect((await loadIn(folder, settings)).file).toBeUndefined()
})

test('a file that is named wins over those that would be found, and its name may hold variables', async () => {
  await using folder = await temporaryFolder()
  await folder.write('gateway.yml', 'log: {level: error}')
  const named = await folder.write('conf/my-traefik.yml', 'log: {level: debug}')
  const env = { DIR: 'conf', NAME: 'my' }
  for (const options of [
    { configFile: 'conf/my-traefik.yml' },
    { configFile: named },
    { argv: ['--configfile=$DIR/${NAME}-traefik.yml'], env },
    { argv: ['-ConfigFile', '$DIR/${NAME}-traefik.yml'], env },
  ]) {
    const loaded = await loadIn(folder, options)
    expect([loaded.file, loaded.configuration.log.level, loaded.findings]).toEqual([named, 'DEBUG', []])
  }
})

test('a named file that is missing or is a folder throws', async () => {
  await using folder = await temporaryFolder()
  for (const configFile of ['none.yml', '.']) {
    await expect(loadIn(folder, { configFile })).rejects.toMatchObject({ code: 'GTW_CONFIG_UNREADABLE' })
  }
})

test('a file with broken syntax is fatal, with the place and nothing that follows from it', async () => {
  const loaded = await load({ yaml: 'log:\n  level: [DEBUG\n', flags: ['--ping.entryPoint=web'] })
  expect(loaded.fatal).toBe(true)
  expect(loaded.findings.map(({ code }) => code)).toEqual(['GTW_SYNTAX'])
  expect(loaded.findings[0]?.source).toMatchObject({ kind: 'file', file: loaded.file })
})

test('a file that is a list is fatal', async () => {
  const loaded = await load({ yaml: '- a\n', flags: ['--ping'] })
  expect(loaded.fatal).toBe(true)
  expect(loaded.findings).toMatchObject([{ code: 'GTW_WRONG_TYPE', source: { kind: 'file', line: 1, column: 1 } }])
})

test('an empty file says nothing', async () => {
  const loaded = await load({ yaml: '' })
  expect([loaded.fatal, loaded.findings]).toEqual([false, []])
})

test('the tree is what was written, merged', async () => {
  const loaded = await load({ yaml: 'Log: {Level: error}', flags: ['--log.format=json'] })
  expect(loaded.tree).toEqual({ Log: { Level: 'error', format: 'json' } })
})

test('references in the file are expanded before its values are checked', async () => {
  const loaded = await load({
    yaml: 'entryPoints: {web: {address: "127.0.0.1:${env:PORT}", asDefault: "${env:ON}"}}',
    env: { PORT: '80', ON: 'true' },
  })
  expect(loaded.findings).toEqual([])
  expect(loaded.configuration.entryPoints.web).toMatchObject({ address: '127.0.0.1:80', asDefault: true })
})
