import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { ROOT } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { Installation } from '../harness/installation.ts'
import { freePort } from '../harness/ports.ts'
import { temporaryFolder } from '../harness/temp.ts'

test('a provider from a folder is linked and feeds a route; one that throws is reported and takes nothing down', async () => {
  await using folder = await temporaryFolder()
  const gateway = new Installation(folder)
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
    const linked = await gateway.run(['plugins', 'link', '--no-install', plugin])
    expect(linked.code, linked.stdout + linked.stderr).toBe(0)
  }
  expect((await gateway.run(['plugins'])).stdout).toContain('plugin-broken')

  const port = await freePort()
  await using serving = await gateway.serve(`entryPoints:
  web: { address: "127.0.0.1:${port}" }
  gateway: { address: "127.0.0.1:${await freePort()}" }
ping: {}
providers:
  static: { host: linked.localhost, url: "http://127.0.0.1:1" }
  broken: {}
`)
  await expect.poll(async () => (await request(port, { headers: { host: 'linked.localhost' } })).status).toBe(502)
  expect((await request(port, { headers: { host: 'other.localhost' } })).status).toBe(404)
  await serving.printed(/the plugin fell over at start/)
  await serving.printed(/the plugin cannot even be loaded/)
})
