import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import type { Done } from '../harness/command-line.ts'
import { request } from '../harness/http-client.ts'
import { Installation } from '../harness/installation.ts'
import { runNpm } from '../harness/npm.ts'
import { freePort } from '../harness/ports.ts'
import { type Registry, startRegistry } from '../harness/registry.ts'
import { type TemporaryFolder, temporaryFolder } from '../harness/temp.ts'

// Each step is a process or two, npm among them.
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 })

/** Nothing listens there. */
const NOWHERE = 'http://127.0.0.1:1/'
const NAME = 'gateway-provider-hello'

let sources: TemporaryFolder
let registry: Registry

beforeAll(async () => {
  sources = await temporaryFolder()
  registry = await startRegistry()
  await registry.publish(await writePackage('rule-maker-1', { name: 'rule-maker', version: '1.0.0' }, RULE_MAKER))
  const plain = { name: 'plain-package', version: '1.0.0' }
  await registry.publish(await writePackage('plain-1', plain, 'export {}'))
  for (const version of ['1.0.0', '1.1.0', '2.0.0'])
    await registry.publish(await writePlugin(version, { dependencies: { 'rule-maker': '^1' } }))
})
afterAll(async () => {
  await registry[Symbol.asyncDispose]()
  await sources[Symbol.asyncDispose]()
})

const OCLIF = { oclif: { hooks: { 'gateway:providers': './index.js' } } }
const NO_PROVIDER = 'export default async () => []'
const RULE_MAKER = "export const rule = (host) => 'Host(`' + host + '`)'"

async function writePackage(folder: string, manifest: object, source: string): Promise<string> {
  await sources.write(`${folder}/index.js`, source)
  return dirname(await sources.write(`${folder}/package.json`, JSON.stringify({ type: 'module', exports: './index.js', ...manifest })))
}

/** A plugin whose provider, named as its major version, routes a host to the echo server. */
function writePlugin(
  version: string,
  extra: { readonly dependencies?: object; readonly bundleDependencies?: readonly string[]; folder?: string },
) {
  const { folder = `hello-${version}`, ...rest } = extra
  const manifest = { name: NAME, version, ...OCLIF, ...rest }
  const rule = rest.dependencies === undefined ? RULE_MAKER.replace('export ', '') : "import { rule } from 'rule-maker'"
  const source = `${rule}
    import { defineProvider, object } from 'gateway/provider'
    export default async () => [defineProvider({
      name: 'hello',
      options: object('Says hello.', {}, { standalone: true }),
      async provide({ emit }) {
        emit({ configuration: { http: { routers: { hello: { rule: rule('v${version}.localhost'), service: 'whoami@internal' } } } } })
      },
    })]`
  return writePackage(folder, manifest, source)
}

interface Here extends AsyncDisposable {
  readonly folder: TemporaryFolder
  readonly gateway: Installation
  /** All that there is of the plugins, to be compared. */
  state(): unknown
}

async function installation(registryUrl = registry.url): Promise<Here> {
  const folder = await temporaryFolder()
  const gateway = new Installation(folder, { npm_config_registry: registryUrl, npm_config_cache: join(folder.path, 'npm-cache') })
  const state = (): unknown => {
    const files = readdirSync(gateway.data, { recursive: true }).map(String).sort()
    return { files, manifest: readFileSync(join(gateway.data, 'package.json'), 'utf8') }
  }
  return { folder, gateway, state, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() }
}

function said({ code, stdout, stderr }: Done): string {
  return `${code}: ${stdout}${stderr}`
}

/** The version of the plugin that is installed, with its providers. */
async function installed(gateway: Installation): Promise<unknown> {
  const { plugins } = JSON.parse((await gateway.run(['plugins', '--json'])).stdout) as { readonly plugins: readonly object[] }
  return plugins
}

const hello = (version: string) => [expect.objectContaining({ name: NAME, version, from: 'installed', providers: ['hello'] })]

describe('from a registry', () => {
  test('a plugin is installed, listed with its providers, at work after the next start, brought up to date and removed', async () => {
    await using here = await installation()
    const { gateway } = here
    const done = await gateway.run(['plugins', 'install', `${NAME}@~1.1.0`])
    expect(said(done)).toMatch(/^0: installed gateway-provider-hello 1\.1\.0; providers: hello$/m)
    expect(await installed(gateway)).toEqual(hello('1.1.0'))
    expect((await gateway.run(['provider', 'list'])).stdout).toMatch(/^hello +gateway-provider-hello +1\.1\.0 +installed +not configured$/m)

    const port = await freePort()
    await using _ = await gateway.serve(`entryPoints: { web: { address: "127.0.0.1:${port}" } }\nproviders: { hello: {} }\n`)
    await expect.poll(async () => (await request(port, { headers: { host: 'v1.1.0.localhost' } })).status).toBe(200)

    // Within the range: 2.0.0 is none of its business.
    expect(said(await gateway.run(['plugins', 'update']))).toMatch(/^0: up to date: gateway-provider-hello 1\.1\.0; providers: hello$/m)
    expect(said(await gateway.run(['plugins', 'install', NAME]))).toMatch(/^0: installed gateway-provider-hello 2\.0\.0;/m)
    expect(await installed(gateway)).toEqual(hello('2.0.0'))
    expect(said(await gateway.run(['plugins', 'uninstall', NAME]))).toMatch(/^0: uninstalled gateway-provider-hello$/m)
    expect(said(await gateway.run(['plugins']))).toMatch(/^0: No plugins installed\.$/m)
    expect(readdirSync(join(gateway.data, 'node_modules')).filter((name) => !name.startsWith('.'))).toEqual([])
  })

  test('an update takes what has come since, as far as was asked for', async () => {
    await using here = await installation()
    const asked = [
      { name: 'gateway-provider-ranged', spec: 'gateway-provider-ranged@^1', updated: '1.0.1' },
      { name: 'gateway-provider-newest', spec: 'gateway-provider-newest', updated: '2.0.0' },
    ]
    const publish = async (version: string): Promise<void> => {
      for (const { name } of asked)
        await registry.publish(await writePackage(`${name}-${version}`, { name, version, ...OCLIF }, NO_PROVIDER))
    }
    await publish('1.0.0')
    expect((await here.gateway.run(['plugins', 'install', ...asked.map(({ spec }) => spec)])).code).toBe(0)
    await publish('1.0.1')
    await publish('2.0.0')
    expect((await here.gateway.run(['plugins', 'update'])).code).toBe(0)
    const expected = asked.map(({ name, updated: version }) => expect.objectContaining({ name, version }))
    expect(await installed(here.gateway)).toEqual(expect.arrayContaining(expected))
  })

  const refused: readonly { why: string; args: readonly string[]; says: RegExp }[] = [
    {
      why: 'no such package',
      args: ['gateway-provider-nobody'],
      says: /^error: cannot install .*nobody@latest: the registry has no such package/m,
    },
    { why: 'no such version', args: [`${NAME}@^9`], says: /^error: cannot install gateway-provider-hello@\^9: .*No matching version/m },
    { why: 'a package that is no plugin', args: ['plain-package'], says: /^error: plain-package@latest is no plugin: .*"oclif"$/m },
    { why: 'one of two', args: ['plain-package', NAME], says: /^error: plain-package@latest is no plugin/m },
  ]
  for (const { why, args, says } of refused) {
    test(`leaves all as it was: ${why}`, async () => {
      await using here = await installation()
      await here.gateway.run(['plugins', 'install', `${NAME}@1.0.0`])
      const before = here.state()
      const done = await here.gateway.run(['plugins', 'install', ...args])
      expect(said(done)).toMatch(says)
      expect(done.code).toBe(1)
      expect(here.state()).toEqual(before)
      expect(await installed(here.gateway)).toEqual(hello('1.0.0'))
    })
  }
})

describe('without a registry', () => {
  test('what needs one fails with one sentence and leaves all as it was', async () => {
    await using here = await installation()
    await here.gateway.run(['plugins', 'install', `${NAME}@1.0.0`])
    const before = here.state()
    const needs = await writePlugin('3.0.0', { folder: 'hello-needs', dependencies: { 'not-there': '^1' } })
    const attempts = [['install', `${NAME}@2.0.0`], ['install', 'gateway-provider-other'], ['install', needs], ['update']]
    for (const [command = '', ...args] of attempts) {
      const done = await here.gateway.run(['plugins', command, ...args, '--registry', NOWHERE])
      const errors = done.stderr.split('\n').filter((line) => line.startsWith('error: '))
      expect(errors, said(done)).toEqual([expect.stringContaining('the registry cannot be reached')])
      expect(done.code).toBe(1)
      expect(here.state()).toEqual(before)
    }
    expect(await installed(here.gateway)).toEqual(hello('1.0.0'))
    expect(said(await here.gateway.run(['plugins', 'uninstall', NAME, '--json']))).toContain('"uninstalled"')
  })

  test('a folder without dependencies is installed: a copy, which an update makes anew', async () => {
    await using here = await installation(NOWHERE)
    const folder = await writePlugin('1.0.0', { folder: 'hello-folder' })
    expect(said(await here.gateway.run(['plugins', 'install', folder]))).toMatch(
      /^0: installed gateway-provider-hello 1\.0\.0; providers: hello$/m,
    )
    await writePlugin('1.0.1', { folder: 'hello-folder' })
    expect(await installed(here.gateway)).toEqual(hello('1.0.0'))
    expect(said(await here.gateway.run(['plugins', 'update']))).toMatch(
      /^0: up to date: gateway-provider-hello 1\.0\.1; providers: hello$/m,
    )
    expect(said(await here.gateway.run(['plugins', 'uninstall', NAME]))).toMatch(/^0: /)
  })

  test('a tarball that brings its dependencies is installed', async () => {
    await using here = await installation(NOWHERE)
    const folder = await writePlugin('4.0.0', {
      folder: 'bundling',
      dependencies: { 'rule-maker': '^1' },
      bundleDependencies: ['rule-maker'],
    })
    await writePackage('bundling/node_modules/rule-maker', { name: 'rule-maker', version: '1.0.0' }, RULE_MAKER)
    const packed = await runNpm(['pack', '--silent', `--pack-destination=${here.folder.path}`], folder, here.gateway.env)
    expect(packed.code, said(packed)).toBe(0)
    const tarball = `./${NAME}-4.0.0.tgz`
    for (let time = 1; time <= 2; time++) {
      expect(said(await here.gateway.run(['plugins', 'install', tarball]))).toMatch(
        /^0: installed gateway-provider-hello 4\.0\.0; providers: hello$/m,
      )
    }
    expect(await installed(here.gateway)).toEqual(hello('4.0.0'))
  })

  const refused: readonly { why: string; path: string; says: RegExp }[] = [
    {
      why: 'a path where nothing is',
      path: './nothing.tgz',
      says: /^error: cannot install .*nothing\.tgz: there is no such file or folder$/m,
    },
    { why: 'a folder without a package', path: '.', says: /^error: .* is no plugin: it has no package\.json$/m },
  ]
  for (const { why, path, says } of refused) {
    test(`refuses ${why}`, async () => {
      await using here = await installation(NOWHERE)
      const done = await here.gateway.run(['plugins', 'install', path])
      expect(said(done)).toMatch(says)
      expect(done.code).toBe(1)
    })
  }
})

describe('several at once', () => {
  /** Plugins in folders of their own, without a provider. */
  const foldersOf = (names: readonly string[]): Promise<string[]> =>
    Promise.all(names.map((name) => writePackage(name, { name, version: '1.0.0', ...OCLIF }, NO_PROVIDER)))
  const lockOf = ({ data }: Installation): string => join(dirname(data), `.${basename(data)}-plugins.lock`)

  test('all that are installed at the same time are there afterwards, and nothing else is left behind', async () => {
    await using here = await installation(NOWHERE)
    const names = ['gateway-provider-first', 'gateway-provider-second', 'gateway-provider-third']
    const [first = '', second = '', third = ''] = await foldersOf(names)
    const commands = [
      ['install', first],
      ['install', second],
      ['link', third],
    ]
    const done = await Promise.all(commands.map((args) => here.gateway.run(['plugins', ...args])))
    expect(
      done.map(({ code }) => code),
      done.map(said).join('\n'),
    ).toEqual([0, 0, 0])
    const rows = (await installed(here.gateway)) as { readonly name: string }[]
    expect(rows.map(({ name }) => name).sort()).toEqual(names)
    expect(readdirSync(dirname(here.gateway.data)).filter((name) => name.startsWith('.'))).toEqual([])
  })

  test('who comes second says so, and waits', async () => {
    await using here = await installation(NOWHERE)
    const [folder = ''] = await foldersOf(['gateway-provider-late'])
    await mkdir(dirname(here.gateway.data), { recursive: true })
    // The holder lives: it is this test.
    await writeFile(lockOf(here.gateway), `${hostname()} ${process.pid}\n`)
    await using install = await here.gateway.start(['plugins', 'install', folder])
    await install.printed(/^waiting: another process is changing the plugins \(\S+ \d+\)$/m)
    await rm(lockOf(here.gateway))
    expect((await install.exited).code).toBe(0)
    expect(install.stdout).toContain('installed gateway-provider-late 1.0.0')
  })

  test('what a process that is gone has left behind stops nobody', async () => {
    await using here = await installation(NOWHERE)
    const [folder = ''] = await foldersOf(['gateway-provider-next'])
    await mkdir(dirname(here.gateway.data), { recursive: true })
    await writeFile(lockOf(here.gateway), `${hostname()} ${2 ** 22 + 1}\n`)
    const done = await here.gateway.run(['plugins', 'install', folder])
    expect(said(done)).toMatch(/^0: installed gateway-provider-next 1\.0\.0/)
    expect(done.stderr).not.toContain('waiting')
  })
})

describe('linked folders', () => {
  test('what a folder lacks is installed before, and the gateway among it is the one that is there', async () => {
    await using here = await installation()
    const wanted = { gateway: `file:${join(here.folder.path, 'gateway')}`, 'rule-maker': '^1' }
    const manifest = { name: NAME, version: '1.0.0', type: 'module', ...OCLIF, devDependencies: wanted }
    await here.folder.write('hello/package.json', JSON.stringify(manifest))
    await here.folder.write('hello/index.js', `import 'rule-maker'\n${NO_PROVIDER}`)
    const linked = await here.gateway.run(['plugins', 'link', 'hello'])
    expect(said(linked)).toMatch(/^0: linked gateway-provider-hello 1\.0\.0; it brings no provider$/m)
    expect(readlinkSync(join(here.folder.path, 'hello/node_modules/gateway'))).toBe('../../gateway')
  })

  test('where npm cannot bring it, the folder is not linked', async () => {
    await using here = await installation(NOWHERE)
    await here.folder.write(
      'hello/package.json',
      JSON.stringify({ name: NAME, version: '1.0.0', ...OCLIF, dependencies: { 'rule-maker': '^1' } }),
    )
    const refused = await here.gateway.run(['plugins', 'link', 'hello'])
    expect(said(refused)).toMatch(
      /^error: cannot link .*hello: the registry cannot be reached .*--no-install the folder is linked as it is$/m,
    )
    expect(refused.code).toBe(1)
    expect(said(await here.gateway.run(['plugins']))).toMatch(/^0: No plugins installed\.$/m)
  })

  test('a folder that is gone is named, and can be unlinked', async () => {
    await using here = await installation(NOWHERE)
    const folder = join(here.folder.path, 'hello')
    const source = await writePlugin('1.0.0', { folder: 'hello-linked' })
    await here.folder.write('hello/index.js', readFileSync(join(source, 'index.js'), 'utf8'))
    await here.folder.write('hello/package.json', readFileSync(join(source, 'package.json'), 'utf8'))
    expect(said(await here.gateway.run(['plugins', 'link', folder]))).toMatch(
      /^0: linked gateway-provider-hello 1\.0\.0; providers: hello$/m,
    )
    await here.folder.write('hello/package.json', '{')
    const listed = await here.gateway.run(['plugins'])
    expect(said(listed)).toMatch(/^1: .*gateway-provider-hello.*is not there any more/s)
    expect((await here.gateway.run(['provider', 'list'])).code).toBe(1)
    const misspelt = await here.gateway.run(['plugins', 'unlink', 'gateway-provider-helo'])
    expect(said(misspelt)).toMatch(/error: the plugin gateway-provider-helo is not installed; did you mean gateway-provider-hello\?$/m)
    expect((await here.gateway.run(['plugins', 'unlink', folder])).code).toBe(0)
    expect(said(await here.gateway.run(['plugins']))).toMatch(/^0: No plugins installed\.$/m)
  })
})
