import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { connect } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../harness/certificate.ts'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { listen } from '../harness/health-checks.ts'
import { request } from '../harness/http-client.ts'
import { temporaryFolder } from '../harness/temp.ts'

const WITHIN_MS = 20_000

const OPEN = 'api:\n  insecure: true\n'

/** A server that answers as a test says at each path. */
async function origin(answer: RequestListener) {
  const listener = await listen(createServer(answer))
  return { url: `http://127.0.0.1:${listener.port}`, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() }
}

const read = async ({ pingPort }: RunningGateway, path: string) => JSON.parse((await request(pingPort, { path: `/api/${path}` })).text)

const dynamic = (service: object, more = ''): string => `
http:
  routers:
    app:
      rule: PathPrefix(\`/app\`)
      service: app
${more}
  services:
    app:
      loadBalancer: ${JSON.stringify(service)}
`

for (const workers of [1, 4]) {
  describe(`with ${workers} workers`, () => {
    test('health checks are seen going down and up again', async () => {
      const health = { status: 200 }
      await using server = await origin((_, response) => response.writeHead(health.status).end())
      const service = { servers: [{ url: server.url }], healthCheck: { path: '/', interval: '100ms' } }
      await using gateway = await startGateway({ dynamic: dynamic(service), static: OPEN, workers })
      const status = async () => (await read(gateway, 'http/services/app@file')).serverStatus[server.url]
      expect(await status()).toBe('UP')
      health.status = 500
      await expect.poll(status, { timeout: WITHIN_MS }).toBe('DOWN')
      const { serverHealth } = await read(gateway, 'http/services/app@file')
      expect(serverHealth[server.url]).toMatchObject({ status: 'DOWN', reason: expect.stringContaining('500'), since: expect.any(String) })
      health.status = 200
      await expect.poll(status, { timeout: WITHIN_MS }).toBe('UP')
      expect((await read(gateway, 'rawdata')).services['app@file'].serverStatus).toEqual({ [server.url]: 'UP' })
    })

    test('a server that failures take down is DOWN, whichever worker has seen them', async () => {
      await using server = await origin((_, response) => response.socket?.destroy())
      const service = { servers: [{ url: server.url }], passiveHealthCheck: { failureWindow: '1h', maxFailedAttempts: 2 } }
      await using gateway = await startGateway({ dynamic: dynamic(service), static: OPEN, workers })
      for (let attempt = 0; attempt < 4; attempt++) await request(gateway.port, { path: '/app' })
      expect((await read(gateway, 'http/services/app@file')).serverStatus).toEqual({ [server.url]: 'DOWN' })
    })

    test('every worker answers, with what is live', async () => {
      await using gateway = await startGateway({ dynamic: dynamic({ servers: [] }), static: OPEN, workers })
      const names = async () => (await read(gateway, 'http/routers')).map(({ name }: { name: string }) => name)
      for (let turn = 0; turn < 20; turn++) expect(await names()).toEqual(['api@internal', 'app@file', 'ping@internal'])
      await gateway.rewrite(dynamic({ servers: [] }, '    bad:\n      rule: Host(`\n      service: app\n'))
      await expect.poll(names, { timeout: WITHIN_MS }).toEqual(['api@internal', 'app@file', 'bad@file', 'ping@internal'])
      expect(await read(gateway, 'http/routers/bad@file')).toMatchObject({
        status: 'disabled',
        error: [expect.stringContaining('never closed')],
      })
      expect(await read(gateway, 'findings')).toMatchObject({
        ok: false,
        findings: expect.arrayContaining([expect.objectContaining({ code: 'GTW_BAD_RULE' })]),
      })
      expect(await read(gateway, 'overview')).toMatchObject({ http: { routers: { total: 4, errors: 1 } }, providers: ['File'] })
    })
  })
}

test('the health of TCP servers is told', async () => {
  const server = await listen(createServer())
  const address = `127.0.0.1:${server.port}`
  const service = { servers: [{ address }], healthCheck: { interval: '100ms' } }
  const tcp = `\ntcp:\n  routers:\n    raw: { rule: 'HostSNI(\`x.test\`)', service: raw, tls: {} }\n  services:\n    raw: { loadBalancer: ${JSON.stringify(service)} }\n`
  await using gateway = await startGateway({ dynamic: `${dynamic({ servers: [] })}${tcp}`, static: OPEN })
  const status = async () => (await read(gateway, 'tcp/services/raw@file')).serverStatus
  expect(await status()).toEqual({ [address]: 'UP' })
  await server[Symbol.asyncDispose]()
  await expect.poll(status, { timeout: WITHIN_MS }).toEqual({ [address]: 'DOWN' })
})

test('only its own entry point answers, and only whom a page of another site cannot pretend to be', async () => {
  await using gateway = await startGateway({ dynamic: dynamic({ servers: [] }), static: OPEN })
  expect(gateway.process.stdout).toMatch(/api\.insecure shows the whole configuration/)
  const { pingPort, port } = gateway
  expect((await request(port, { path: '/api/version' })).status).toBe(404)
  const { status, headers, text } = await request(pingPort, { path: '/api/version' })
  expect({ status, text }).toEqual({ status: 200, text: expect.stringMatching(/^\{"Version":"\d[^\n]*\}\n$/) })
  expect(headers).toMatchObject({ 'content-type': 'application/json', 'x-content-type-options': 'nosniff', 'cache-control': 'no-store' })
  expect(headers).not.toHaveProperty('access-control-allow-origin')
  expect((await request(pingPort, { path: '/api/version', headers: { Host: 'evil.test' } })).status).toBe(403)
  expect((await request(pingPort, { path: '/api/version', headers: { 'Sec-Fetch-Site': 'cross-site' } })).status).toBe(403)
  const post = await request(pingPort, { path: '/api/version', method: 'POST', body: 'x' })
  expect({ status: post.status, allow: post.headers.allow }).toEqual({ status: 405, allow: 'GET, HEAD' })
  const head = await request(pingPort, { path: '/api/version', method: 'HEAD' })
  expect({ status: head.status, length: head.headers['content-length'], text: head.text }).toEqual({
    status: 200,
    length: String(text.length),
    text: '',
  })
})

test('a router of your own protects it, below a path of its own', async () => {
  const user = 'test:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/'
  const more = `    api:\n      rule: Host(\`gw.test\`)\n      service: api@internal\n      middlewares: auth\n  middlewares:\n    auth:\n      basicAuth:\n        users: ['${user}']\n`
  await using gateway = await startGateway({ dynamic: dynamic({ servers: [] }, more), static: 'api:\n  basePath: /gateway\n' })
  const ask = async (path: string, fields: Readonly<Record<string, string>> = {}) =>
    (await request(gateway.port, { path, headers: { Host: 'gw.test', ...fields } })).status
  const as = (password: string) => ({ Authorization: `Basic ${Buffer.from(`test:${password}`).toString('base64')}` })
  expect(await ask('/gateway/api/version')).toBe(401)
  expect(await ask('/gateway/api/version', as('wrong'))).toBe(401)
  expect(await ask('/gateway/api/version', as('test'))).toBe(200)
  expect(await ask('/api/version', as('test'))).toBe(404)
  expect((await request(gateway.pingPort, { path: '/gateway/api/version' })).status).toBe(404)
})

test('without api in the static configuration there is none, and a router to it is told', async () => {
  const more = '    api:\n      rule: PathPrefix(`/api`)\n      service: api@internal\n'
  await using gateway = await startGateway({ dynamic: dynamic({ servers: [] }, more) })
  expect(gateway.process.stdout).toMatch(/"api@internal", a service that is off: api is not enabled/)
  expect((await request(gateway.port, { path: '/api/version' })).status).toBe(404)
})

test('certificates that are served are told, one by its fingerprint', async () => {
  await using folder = await temporaryFolder()
  const pair = makeCertificate(folder, 'a.test')
  const secure = '    secure:\n      rule: Host(`a.test`)\n      service: app\n      tls: {}\n'
  const tls = `\ntls:\n  certificates:\n    - ${JSON.stringify(pair)}\n`
  await using gateway = await startGateway({ dynamic: `${dynamic({ servers: [] }, secure)}${tls}`, static: OPEN })
  const found = await read(gateway, 'certificates?search=A.TEST')
  expect(found).toMatchObject([{ commonName: 'a.test', sans: ['a.test'], keyType: 'ECDSA', status: 'enabled' }])
  expect(await read(gateway, `certificates/${found[0].name}`)).toEqual(found[0])
  expect(await read(gateway, 'overview')).toMatchObject({ certificates: { total: 2, warnings: 0 } })
})

test('a support dump comes as an archive', async () => {
  await using gateway = await startGateway({ dynamic: dynamic({ servers: [] }), static: OPEN })
  const { status, headers, body } = await request(gateway.pingPort, { path: '/api/support-dump' })
  expect({ status, type: headers['content-type'] }).toEqual({ status: 200, type: 'application/gzip' })
  const archive = gunzipSync(body).toString()
  for (const name of ['version.json', 'static-config.json', 'runtime-config.json']) expect(archive).toContain(name)
})

test('while a request of another entry point is finished, it is still answered', async () => {
  const held = Promise.withResolvers<void>()
  const asked = Promise.withResolvers<void>()
  await using server = await origin(async (_, response) => {
    asked.resolve()
    await held.promise
    response.end('done')
  })
  await using gateway = await startGateway({ dynamic: dynamic({ servers: [{ url: server.url }] }), static: OPEN })
  const slow = request(gateway.port, { path: '/app', withinMs: WITHIN_MS })
  await asked.promise
  const stopped = gateway.stop()
  await gateway.process.printed(/stopping/)
  expect((await request(gateway.pingPort, { path: '/api/version' })).status).toBe(200)
  held.resolve()
  expect((await slow).text).toBe('done')
  expect(await stopped).toMatchObject({ code: 0 })
})

test('clients that go away before they are answered harm nobody', async () => {
  await using gateway = await startGateway({ dynamic: dynamic({ servers: [] }), static: OPEN })
  for (let turn = 0; turn < 50; turn++) {
    const socket = connect(gateway.pingPort, '127.0.0.1')
    await once(socket, 'connect')
    socket.write('GET /api/rawdata HTTP/1.1\r\nHost: localhost\r\n\r\n')
    socket.resetAndDestroy()
  }
  expect(await read(gateway, 'version')).toMatchObject({ Codename: 'gateway' })
  expect(gateway.process.stdout).not.toMatch(/crashed/)
})
