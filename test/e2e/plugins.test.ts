import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { freePort } from '../harness/ports.ts'
import { startProcess } from '../harness/process.ts'
import { type TemporaryFolder, temporaryFolder } from '../harness/temp.ts'

/** A copy of the installation, with a home of its own: linking a plugin must leave this one alone. */
async function copyInstallation(folder: TemporaryFolder): Promise<{ run: string; env: Record<string, string> }> {
  const copy = join(folder.path, 'gateway')
  for (const part of ['dist', 'bin', 'plugins', 'package.json', 'oclif.manifest.json']) {
    cpSync(join(ROOT, part), join(copy, part), { recursive: true, filter: (source) => !source.endsWith('node_modules') })
  }
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  const home = join(folder.path, 'home')
  return { run: join(copy, 'bin/run.js'), env: { HOME: home, XDG_DATA_HOME: '', XDG_CONFIG_HOME: '', XDG_CACHE_HOME: '' } }
}

async function cli(run: string, args: readonly string[], env: Record<string, string>): Promise<{ code: number | null; output: string }> {
  const child = await startProcess(process.execPath, [run, ...args], { env })
  const { code } = await child.exited
  return { code, output: child.stdout + child.stderr }
}

test('a provider from a folder is linked and feeds a route; one that throws is reported and takes nothing down', async () => {
  await using folder = await temporaryFolder()
  const { run, env } = await copyInstallation(folder)
  const example = join(folder.path, 'plugin-provider-static')
  cpSync(join(ROOT, 'examples/plugin-provider-static'), example, { recursive: true })
  await folder.write(
    'plugin-broken/package.json',
    '{ "name": "plugin-broken", "version": "1.0.0", "type": "module", "oclif": { "hooks": { "gateway:providers": "./hook.js" } } }',
  )
  await folder.write(
    'plugin-broken/hook.js',
    `export default async () => [{
    name: 'broken',
    options: (await import('gateway/provider')).object('Fails.', {}, { standalone: true }),
    async provide() { throw new Error('the plugin fell over at start') },
  }]`,
  )
  await folder.write(
    'plugin-unloadable/package.json',
    '{ "name": "plugin-unloadable", "version": "1.0.0", "type": "module", "oclif": { "hooks": { "gateway:providers": "./hook.js" } } }',
  )
  await folder.write('plugin-unloadable/hook.js', `throw new Error('the plugin cannot even be loaded')`)

  for (const plugin of [example, join(folder.path, 'plugin-broken'), join(folder.path, 'plugin-unloadable')]) {
    const linked = await cli(run, ['plugins', 'link', '--no-install', plugin], env)
    expect(linked.code, linked.output).toBe(0)
  }
  expect((await cli(run, ['plugins'], env)).output).toContain('plugin-broken')

  const port = await freePort()
  const configFile = await folder.write(
    'gateway.yml',
    `entryPoints: { web: { address: "127.0.0.1:${port}" }, gateway: { address: "127.0.0.1:${await freePort()}" } }
ping: {}
providers:
  static: { host: linked.localhost, url: "http://127.0.0.1:1" }
  broken: {}
`,
  )
  await using gateway = await startProcess(process.execPath, [run, 'serve', '-c', configFile, '--workers', '1'], {
    ready: /configuration \d+ is live/,
    env,
    cwd: folder.path,
  })
  await expect.poll(async () => (await request(port, { headers: { host: 'linked.localhost' } })).status).toBe(502)
  expect((await request(port, { headers: { host: 'other.localhost' } })).status).toBe(404)
  await gateway.printed(/the plugin fell over at start/)
  await gateway.printed(/the plugin cannot even be loaded/)
})
