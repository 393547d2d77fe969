import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, test } from 'vitest'
import { DEV, folderWith, runCommand } from '../harness/command-line.ts'
import { freePort } from '../harness/ports.ts'
import { temporaryFolder } from '../harness/temp.ts'

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
    { why: 'the entry point does not exist', args: () => ['--ping.entryPoint=web'], says: /web/ },
  ]
  for (const { why, args, says } of failures) {
    test(`ends with 1 where ${why}`, async () => {
      await using folder = await temporaryFolder()
      const { code, stdout, stderr } = await runCommand(['healthcheck', ...args(await freePort())], { cwd: folder.path })
      expect(stdout).toMatch(says)
      expect(stdout.split('\n')).toHaveLength(2)
      expect({ code, stderr }).toEqual({ code: 1, stderr: '' })
    })
  }

  test('does the same where it is run with everything else', async () => {
    await using origin = await originAnswering(200)
    const done = await runCommand(['healthcheck', '--ping', `--entryPoints.gateway.address=:${origin.port}`], {}, DEV)
    expect(done).toMatchObject({ code: 0, stdout: `OK: http://127.0.0.1:${origin.port}/ping\n` })
  })
})
