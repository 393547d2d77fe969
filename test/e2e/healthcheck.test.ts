import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'
import { describe, expect, test } from 'vitest'
import { DEV, folderWith, runCommand } from '../harness/command-line.ts'
import { ROOT } from '../harness/gateway.ts'
import { freePort } from '../harness/ports.ts'

describe('healthcheck', () => {
  async function originAnswering(status: number): Promise<AsyncDisposable & { port: number; asked: () => string[] }> {
    const asked: string[] = []
    const server: Server = createServer((incoming, response) => {
      asked.push(`${incoming.method} ${incoming.url}`)
      response.writeHead(status).end()
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const { port } = server.address() as AddressInfo
    return {
      port,
      asked: () => asked,
      async [Symbol.asyncDispose]() {
        await once(server.close(), 'close')
      },
    }
  }

  const ways: readonly {
    why: string
    args: (port: number) => readonly string[]
    files?: (port: number) => Record<string, string>
    env?: (port: number) => Record<string, string>
  }[] = [
    {
      why: 'a file',
      args: () => ['healthcheck'],
      files: (port) => ({ 'gateway.yml': `entryPoints:\n  gateway:\n    address: ":${port}"\nping: {}\n` }),
    },
    {
      why: 'a file in flow style',
      args: () => ['ping', '-c', 'g.yml'],
      files: (port) => ({ 'g.yml': `{ entryPoints: { gateway: { address: ":${port}" } }, ping: {} }` }),
    },
    {
      why: 'a TOML file',
      args: () => ['healthcheck', '--configFile=g.toml'],
      files: (port) => ({ 'g.toml': `[ping]\n[entryPoints.gateway]\naddress = ":${port}"\n` }),
    },
    {
      why: 'a JSON file',
      args: () => ['healthcheck', '--configFile', 'g.json'],
      files: (port) => ({ 'g.json': JSON.stringify({ ping: {}, entryPoints: { traefik: { address: `127.0.0.1:${port}` } } }) }),
    },
    {
      why: 'a file that only the parser reads',
      args: () => ['healthcheck'],
      files: (port) => ({ 'gateway.yml': `x: &a { address: ":${port}" }\nentryPoints:\n  gateway: *a\nping: {}\n` }),
    },
    {
      why: 'a file with options that only the vocabulary knows',
      args: () => ['healthcheck'],
      files: (port) => ({
        'gateway.toml': `[entryPoints.web]\naddress = ":${port}"\n[entryPoints.web.http]\nsanitizePath = true\n[ping]\nentryPoint = "web"\n`,
      }),
    },
    {
      why: 'a file with a mistake elsewhere',
      args: () => ['healthcheck', '--log.level=DEBUG'],
      files: (port) => ({ 'gateway.yml': `entryPoints:\n  web:\n    adress: x\n  gateway:\n    address: ":${port}"\nping: {}\n` }),
    },
    { why: 'flags', args: (port) => ['healthcheck', '--ping', `--entryPoints.gateway.address=:${port}`] },
    {
      why: 'variables',
      args: () => ['healthcheck'],
      env: (port) => ({ GATEWAY_PING: 'true', TRAEFIK_ENTRYPOINTS_GATEWAY_ADDRESS: `:${port}` }),
    },
  ]
  for (const { why, args, files, env } of ways) {
    test(`asks where ${why} says`, async () => {
      await using origin = await originAnswering(200)
      await using folder = await folderWith(files?.(origin.port) ?? {})
      const done = await runCommand(args(origin.port), { cwd: folder.path, env: env?.(origin.port) ?? {} })
      expect(done).toEqual({ code: 0, stdout: `OK: http://127.0.0.1:${origin.port}/ping\n`, stderr: '' })
      expect(origin.asked()).toEqual(['HEAD /ping'])
    })
  }

  test('ends with 1 where the answer is not 200', async () => {
    await using origin = await originAnswering(503)
    const done = await runCommand(['healthcheck', '--ping', `--entryPoints.gateway.address=127.0.0.1:${origin.port}`])
    expect(done).toEqual({ code: 1, stdout: 'Bad healthcheck status: 503 Service Unavailable\n', stderr: '' })
  })

  const failures: readonly { why: string; args: (port: number) => readonly string[]; says: RegExp }[] = [
    { why: 'ping is off', args: () => [], says: /please enable `ping`/ },
    { why: 'nobody listens', args: (port) => ['--ping', `--entryPoints.gateway.address=127.0.0.1:${port}`], says: /ECONNREFUSED/ },
    { why: 'the file is missing', args: () => ['-c', 'no.yml'], says: /no\.yml/ },
    { why: 'a flag is misspelt', args: () => ['--pnig'], says: /--pnig/ },
    {
      why: 'an option of its entry point is misspelt',
      args: () => ['-c', 'half.yml'],
      says: /half\.yml:4:5: entryPoints\.gateway and ping are off/,
    },
    { why: 'the entry point does not exist', args: () => ['--ping.entryPoint=web'], says: /web/ },
  ]
  for (const { why, args, says } of failures) {
    test(`ends with 1 where ${why}`, async () => {
      await using folder = await folderWith({ 'half.yml': 'entryPoints:\n  gateway:\n    address: ":1"\n    adress: x\nping: {}\n' })
      const { code, stdout, stderr } = await runCommand(['healthcheck', ...args(await freePort())], { cwd: folder.path })
      expect(stdout).toMatch(says)
      expect(stdout.split('\n')).toHaveLength(2)
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    })
  }

  test('runs with the code that was kept of it when it was built', async () => {
    const script = `import { KeptCode } from '${ROOT}/dist/cli/kept-code.js'
      const kept = new KeptCode('${ROOT}/dist/healthcheck')
      for (const name of ['index.cjs', 'ping-target.cjs', 'yaml.cjs', 'toml-document.cjs']) kept.load(name)
      console.log(kept.isComplete)`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { env: {} })
    expect(stdout).toBe('true\n')
  })

  test('does the same where it is run with everything else', async () => {
    await using origin = await originAnswering(200)
    const done = await runCommand(['healthcheck', '--ping', `--entryPoints.gateway.address=:${origin.port}`], {}, DEV)
    expect(done).toMatchObject({ code: 0, stdout: `OK: http://127.0.0.1:${origin.port}/ping\n` })
  })
})
