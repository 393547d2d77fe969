import { expect, test } from 'vitest'
import { folderWith, runCommand } from '../harness/command-line.ts'

const CONFIGURATION = `providers:
  file:
    filename: routes.yml
  docker:
    endpoint: tcp://user:hunter2@127.0.0.1:2375
    tls: { key: hunter2 }
`

test('provider list shows every provider with its plugin, what is set and where', async () => {
  await using folder = await folderWith({ 'gateway.yml': CONFIGURATION })
  const options = { cwd: folder.path, env: { GATEWAY_PROVIDERS_FILE_WATCH: 'false', XDG_DATA_HOME: folder.path } }
  const { code, stdout, stderr } = await runCommand(['provider', 'list', '--providers.consul.rootKey=here'], options)
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
  expect(stdout).toMatch(/^PROVIDER +PLUGIN +VERSION +FROM +STATE$/m)
  expect(stdout).toMatch(
    /^file +@gateway\/provider-file +\d+\.\d+\.\d+ +bundled +configured\n {2}filename: routes\.yml +← gateway\.yml:3:15$/m,
  )
  expect(stdout).toMatch(/^ {2}watch: false +← env GATEWAY_PROVIDERS_FILE_WATCH$/m)
  expect(stdout).toMatch(/^ {2}rootKey: here {2}← flag --providers\.consul\.rootKey$/m)
  expect(stdout).toMatch(/^ {2}endpoint: tcp:\/\/\*\*\*@127\.0\.0\.1:2375 +←/m)
  expect(stdout).toMatch(/^swarm +@gateway\/provider-docker +\S+ +bundled +not configured$/m)
  expect(stdout).not.toContain('hunter2')
})

const states: readonly { why: string; configuration: string; code: number; row: object }[] = [
  {
    why: 'has no section',
    configuration: 'ping: {}\n',
    code: 0,
    row: { provider: 'etcd', plugin: '@gateway/provider-etcd', installed: 'bundled', state: 'not configured', options: {} },
  },
  {
    why: 'has an unknown key',
    configuration: 'providers:\n  etcd:\n    endpointz: [a]\n',
    code: 1,
    row: { provider: 'etcd', state: 'disabled', reason: 'unknown key "endpointz" in providers.etcd; did you mean "endpoints"?' },
  },
  {
    why: 'is not installed',
    configuration: 'providers:\n  redis: {}\n',
    code: 1,
    row: { provider: 'redis', state: 'not installed', reason: expect.stringContaining('gateway plugins install @gateway/provider-redis') },
  },
  {
    why: 'does not exist',
    configuration: 'providers:\n  dokcer: {}\n',
    code: 1,
    row: { provider: 'dokcer', state: 'not installed', reason: expect.stringContaining('did you mean "docker"?') },
  },
  {
    why: 'cannot be told of a configuration that cannot be parsed',
    configuration: 'providers: [\n',
    code: 1,
    row: { provider: 'file', state: 'unknown' },
  },
]
for (const { why, configuration, code, row } of states) {
  test(`provider list --json tells of a provider that ${why}`, async () => {
    await using folder = await folderWith({ 'gateway.yml': configuration })
    const done = await runCommand(['provider', 'list', '--json'], { cwd: folder.path, env: { XDG_DATA_HOME: folder.path } })
    expect(JSON.parse(done.stdout)).toEqual({ providers: expect.arrayContaining([expect.objectContaining(row)]) })
    expect(done.code).toBe(code)
  })
}

test('provider list ends with 2 for a wrong flag and with 3 for a file that is not there', async () => {
  await using folder = await folderWith({})
  const options = { cwd: folder.path, env: { XDG_DATA_HOME: folder.path } }
  const wrong = await runCommand(['provider', 'list', '--providers.dokcer.endpoint=x'], options)
  expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining('--providers.docker.endpoint') })
  expect(await runCommand(['provider', 'list', '--configFile', 'nothing.yml'], options)).toMatchObject({ code: 3 })
})

test('provider list names a plugin that fails', async () => {
  await using folder = await folderWith({
    'broken/package.json':
      '{ "name": "broken", "version": "1.0.0", "type": "module", "oclif": { "hooks": { "gateway:providers": "./hook.js" } } }',
    'broken/hook.js': "throw new Error('it cannot be loaded')",
  })
  const options = { cwd: folder.path, env: { XDG_DATA_HOME: folder.path } }
  expect(await runCommand(['plugins', 'link', 'broken'], options)).toMatchObject({
    code: 0,
    stderr: expect.stringContaining('it cannot be loaded'),
  })
  const { code, stdout } = await runCommand(['provider', 'list'], options)
  expect(stdout).toMatch(/^- +broken +1\.0\.0 +linked +failed\n {2}cannot be loaded: it cannot be loaded$/m)
  expect(code).toBe(1)
})
