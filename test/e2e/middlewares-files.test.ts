// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are literal text in a configuration.
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { hashSync } from '@node-rs/bcrypt'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { Authority } from '../harness/authority.ts'
import { runCommand } from '../harness/command-line.ts'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startOrigin } from '../harness/origin.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'

const user = (name: string, password: string): string => `${name}:${hashSync(password, 4)}`
const login = (password: string, path = '/guarded') => ({ path, headers: { authorization: `Basic ${btoa(`carol:${password}`)}` } })
const statusOf = async (gateway: RunningGateway, password: string): Promise<number> => (await request(gateway.port, login(password))).status
const outputOf = ({ process: { stdout, stderr } }: RunningGateway): string => stdout + stderr

/** One router behind a middleware, and one without. */
const guardedBy = (url: string, options: object): string =>
  stringify({
    http: {
      routers: {
        guarded: { rule: 'PathPrefix(`/guarded`)', service: 'app', middlewares: ['guard'] },
        open: { rule: 'PathPrefix(`/open`)', service: 'app' },
      },
      services: { app: { loadBalancer: { servers: [{ url }] } } },
      middlewares: { guard: options },
    },
  })

for (const workers of [1, 4]) {
  test(`a users file that changes is live without anything else (${workers} workers)`, async () => {
    await using folder = await temporaryFolder()
    await using origin = await startOrigin('app')
    const usersFile = await folder.write('users', user('carol', 'first'))
    await using gateway = await startGateway({ dynamic: guardedBy(origin.url, { basicAuth: { usersFile } }), workers })
    expect([await statusOf(gateway, 'first'), await statusOf(gateway, 'second')]).toEqual([200, 401])
    await writeFile(usersFile, user('carol', 'second'))
    await gateway.process.printed(/configuration 2 is live/)
    await expect.poll(() => statusOf(gateway, 'second')).toBe(200)
    expect(await statusOf(gateway, 'first')).toBe(401)
  })
}

test('a users file that is missing disables its middleware and the routers behind it alone, until it is there', async () => {
  await using folder = await temporaryFolder()
  await using origin = await startOrigin('app')
  const usersFile = `${folder.path}/users`
  await using gateway = await startGateway({ dynamic: guardedBy(origin.url, { basicAuth: { usersFile } }) })
  expect([await statusOf(gateway, 'first'), (await request(gateway.port, { path: '/open' })).status]).toEqual([404, 200])
  expect(outputOf(gateway)).toMatch(/http\.middlewares\.guard\.basicAuth names ".*\/users", a file that cannot be read .*dynamic\.yml:\d+/)
  await folder.write('users', user('carol', 'first'))
  await expect.poll(() => statusOf(gateway, 'first')).toBe(200)
})

needs(['openssl'], 'certificates of servers and of those that a middleware asks are read again when they change', async () => {
  await using folder = await temporaryFolder()
  const [trusted, other] = [new Authority(folder, 'trusted'), new Authority(folder, 'other')]
  const { certFile, keyFile } = trusted.issue('IP:127.0.0.1')
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile) }
  await using origin = await startOrigin('app', undefined, tls)
  const authorities = await folder.write('authorities.pem', readFileSync(other.certFile))
  const http = {
    routers: {
      app: { rule: 'PathPrefix(`/app`)', service: 'app' },
      asked: { rule: 'PathPrefix(`/asked`)', service: 'whoami@internal', middlewares: ['ask'] },
    },
    services: { app: { loadBalancer: { servers: [{ url: origin.url }], serversTransport: 'own' } } },
    serversTransports: { own: { rootCAs: [authorities] } },
    middlewares: { ask: { forwardAuth: { address: origin.url, tls: { ca: authorities } } } },
  }
  await using gateway = await startGateway({ dynamic: JSON.stringify({ http }) })
  const statuses = async () => [
    (await request(gateway.port, { path: '/app' })).status,
    (await request(gateway.port, { path: '/asked' })).status,
  ]
  expect(await statuses()).toEqual([502, 500])
  await writeFile(authorities, readFileSync(trusted.certFile))
  await expect.poll(statuses).toEqual([200, 200])
})

describe('options of a file may refer to what is a secret', () => {
  test('in a variable, and in a file, which is read again when it changes', async () => {
    await using folder = await temporaryFolder()
    await using origin = await startOrigin('app', ({ incoming }, response) => response.end(String(incoming.headers['x-secret'])))
    const secret = await folder.write('secret', 'first secret\n')
    const options = { headers: { customRequestHeaders: { 'X-Secret': `\${env:PREFIX_OF_SECRET} \${file:${secret}}` } } }
    await using gateway = await startGateway({ dynamic: guardedBy(origin.url, options), env: { PREFIX_OF_SECRET: 'Bearer' } })
    const heard = async () => (await request(gateway.port, { path: '/guarded' })).text
    expect(await heard()).toBe('Bearer first secret')
    await writeFile(secret, 'second secret')
    await expect.poll(heard).toBe('Bearer second secret')
  })

  test('and one that leads nowhere is a finding that disables what holds it alone', async () => {
    await using origin = await startOrigin('app')
    const dynamic = guardedBy(origin.url, { basicAuth: { users: ['${env:NO_SUCH_VARIABLE}'] } })
    await using gateway = await startGateway({ dynamic })
    expect([await statusOf(gateway, 'x'), (await request(gateway.port, { path: '/open' })).status]).toEqual([404, 200])
    expect(outputOf(gateway)).toMatch(/refers to \$\{env:NO_SUCH_VARIABLE\}, which is not there.*dynamic\.yml:\d+/)
  })

  test('and neither a finding nor a dump shows it', async () => {
    await using folder = await temporaryFolder()
    const secret = 'correct-horse-battery'
    const fields = { 'X-Of-Server': 'for ${env:A_SECRET}', Authorization: 'Bearer ${env:A_SECRET}' }
    const dynamic = await folder.write(
      'dynamic.yml',
      guardedBy('http://127.0.0.1:1', { headers: { customRequestHeaders: fields } }).concat(
        '    list: { ipAllowList: { sourceRange: ["${env:A_SECRET}"] } }\n    users: { basicAuth: { users: ["carol:${env:A_SECRET}"] } }\n',
      ),
    )
    const args = [`--providers.file.filename=${dynamic}`, '--entryPoints.web.address=127.0.0.1:0']
    const { stdout, stderr } = await runCommand(['config-dump', ...args], { env: { A_SECRET: secret }, cwd: folder.path })
    expect(stdout).toContain('X-Of-Server: for ${env:A_SECRET}')
    // A field of this name holds a secret whatever stands in it.
    expect(stdout).toMatch(/Authorization: "?\*\*\*"?\n/)
    expect(stderr).toContain('sourceRange')
    expect(stdout + stderr).not.toContain(secret)
  })
})
