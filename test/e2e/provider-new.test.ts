import { readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith, runCommand } from '../harness/command-line.ts'
import { ROOT } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { Installation } from '../harness/installation.ts'
import { runNpm } from '../harness/npm.ts'
import { freePort } from '../harness/ports.ts'
import { startProcess } from '../harness/process.ts'
import { temporaryFolder } from '../harness/temp.ts'

test('a new provider passes its own tests, builds, is linked and feeds a route as it stands', { timeout: 120_000 }, async () => {
  await using folder = await temporaryFolder()
  const gateway = new Installation(folder)
  const made = await gateway.run(['provider', 'new', 'my-source'])
  expect(made).toMatchObject({ code: 0, stderr: '' })
  const plugin = join(folder.path, 'my-source')

  const tested = await startProcess(process.execPath, ['--test', '--test-reporter=tap'], { cwd: plugin, env: gateway.env })
  expect((await tested.exited).code, tested.stdout + tested.stderr).toBe(0)
  expect(tested.stdout).toMatch(/^# pass 1[0-9]$/m)

  // What npm would bring from the registry.
  await mkdir(join(plugin, 'node_modules/@types'))
  for (const name of ['typescript', '@types/node']) symlinkSync(join(ROOT, 'node_modules', name), join(plugin, 'node_modules', name))
  const built = await runNpm(['run', 'build'], plugin, gateway.env)
  expect(built.code, built.stdout + built.stderr).toBe(0)

  const linked = await gateway.run(['plugins', 'link', '.'], plugin)
  expect(linked.stdout + linked.stderr).toContain('linked gateway-provider-my-source 0.1.0; providers: my-source')
  const port = await freePort()
  await folder.write('routes.yml', 'http: { routers: { app: { rule: Host(`app.localhost`), service: whoami@internal } } }')
  await using _ = await gateway.serve(
    `entryPoints: { web: { address: "127.0.0.1:${port}" } }\nproviders: { my-source: { filename: routes.yml, pollInterval: 50ms } }\n`,
  )
  await expect.poll(async () => (await request(port, { headers: { host: 'app.localhost' } })).status).toBe(200)
})

test('the package of a new provider names its hook, and nothing that a registry could mistake for the gateway', async () => {
  await using folder = await folderWith({})
  const { stdout } = await runCommand(['provider', 'new', 'my-source', '--dir', 'deep/er', '--json'], { cwd: folder.path })
  const { files } = JSON.parse(stdout) as { readonly files: readonly string[] }
  const made = join(folder.path, 'deep/er')
  expect(files).toEqual(['.gitignore', 'README.md', 'package.json', 'src/index.ts', 'test/provider.test.ts', 'tsconfig.json'])
  for (const file of files) expect(readFileSync(join(made, file), 'utf8'), file).not.toMatch(/\{\{/)
  expect(JSON.parse(readFileSync(join(made, 'package.json'), 'utf8'))).toMatchObject({
    name: 'gateway-provider-my-source',
    oclif: { hooks: { 'gateway:providers': './dist/index.js' } },
    peerDependenciesMeta: { gateway: { optional: true } },
    devDependencies: { gateway: expect.stringMatching(/^file:/) },
  })
})

const refused: readonly { why: string; args: readonly string[]; code: number; says: RegExp }[] = [
  { why: 'a name with capitals', args: ['MySource'], code: 2, says: /^error: "MySource" is not a name for a provider: .*my-source$/m },
  { why: 'a name that leads elsewhere', args: ['../up'], code: 2, says: /is not a name for a provider/ },
  {
    why: 'the name of a bundled provider',
    args: ['docker'],
    code: 2,
    says: /"@gateway\/provider-docker" has a provider named "docker" already/,
  },
  { why: 'the name of an option', args: ['precedence'], code: 2, says: /the name "precedence" has a meaning of its own/ },
  { why: 'a folder that exists', args: ['taken'], code: 1, says: /taken exists already; nothing was written$/m },
  { why: 'a file in the place of the folder', args: ['other', '--dir', 'taken/file'], code: 1, says: /file exists already/ },
]
for (const { why, args, code, says } of refused) {
  test(`provider new refuses ${why} and writes nothing`, async () => {
    await using folder = await folderWith({ 'taken/file': 'mine' })
    const done = await runCommand(['provider', 'new', ...args], { cwd: folder.path })
    expect(done.stderr).toMatch(says)
    expect(done.code).toBe(code)
    expect(readdirSync(folder.path, { recursive: true }).sort()).toEqual(['taken', 'taken/file'])
    expect(readFileSync(join(folder.path, 'taken/file'), 'utf8')).toBe('mine')
  })
}
