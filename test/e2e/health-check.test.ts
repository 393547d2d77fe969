import { createServer } from 'node:http'
import { createServer as createHttp2Server, type ServerHttp2Stream } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { listen } from '../harness/health-checks.ts'
import { request } from '../harness/http-client.ts'

/** A server that answers its name, and its health at /health as a test says. */
async function origin(name: string) {
  const health = { status: 200, checks: 0 }
  const server = createServer(({ url }, response) => {
    if (url !== '/health') return response.end(name)
    health.checks++
    return response.writeHead(health.status).end()
  })
  const listener = await listen(server)
  return { health, url: `http://127.0.0.1:${listener.port}`, [Symbol.asyncDispose]: () => listener[Symbol.asyncDispose]() }
}

const dynamic = (urls: readonly string[], healthCheck: object, more = ''): string => `
http:
  routers:
    app:
      rule: Path(\`/\`)
      service: app
${more}
  services:
    app:
      loadBalancer:
        servers: ${JSON.stringify(urls.map((url) => ({ url })))}
        healthCheck: ${JSON.stringify(healthCheck)}
`

const often = { path: '/health', interval: '100ms' }

/** Who answers 40 requests, each on a connection of its own: the kernel spreads them over all workers. */
async function answers({ port }: RunningGateway): Promise<string[]> {
  const seen = new Set<string>()
  for (let turn = 0; turn < 40; turn++) {
    const { status, text } = await request(port)
    seen.add(status === 200 ? text : String(status))
  }
  return [...seen].sort()
}

for (const workers of [1, 4]) {
  describe(`with ${workers} workers`, () => {
    test('requests go to the servers that are well, and come back with a server', async () => {
      await using a = await origin('a')
      await using b = await origin('b')
      await using gateway = await startGateway({ dynamic: dynamic([a.url, b.url], often), workers })
      expect(await answers(gateway)).toEqual(['a', 'b'])
      a.health.status = 500
      await gateway.process.printed(new RegExp(`a server is down.*${a.url}.*status 500`))
      expect(await answers(gateway)).toEqual(['b'])
      b.health.status = 404
      await gateway.process.printed(new RegExp(`a server is down.*${b.url}.*serversUp=0.*status 404`))
      expect(await answers(gateway)).toEqual(['503'])
      a.health.status = 204
      await gateway.process.printed(new RegExp(`a server is up again.*${a.url}`))
      expect(await answers(gateway)).toEqual(['a'])
    })

    test('a reload does not bring back a server that is down, nor check it less', async () => {
      await using a = await origin('a')
      await using b = await origin('b')
      a.health.status = 500
      await using gateway = await startGateway({ dynamic: dynamic([a.url, b.url], often), workers })
      await gateway.process.printed(/a server is down/)
      const more = '    more:\n      rule: Path(`/more`)\n      service: whoami@internal\n'
      await gateway.rewrite(dynamic([a.url, b.url], often, more))
      await gateway.process.printed(/configuration 2 is live/)
      expect(await answers(gateway)).toEqual(['b'])
      const { checks } = a.health
      await expect.poll(() => a.health.checks).toBeGreaterThan(checks + 2)
      expect(gateway.process.stdout.match(/a server is down/g)?.length).toBe(1)
    })
  })
}

test('a server that only speaks the health protocol of gRPC is asked by it', async () => {
  const paths: string[] = []
  const health = createHttp2Server().on('stream', (stream: ServerHttp2Stream, head) => {
    paths.push(String(head[':path']))
    stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
    stream.on('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }))
    stream.end(Buffer.from([0, 0, 0, 0, 2, 8, 2]))
  })
  await using listener = await listen(health)
  await using a = await origin('a')
  const options = { mode: 'grpc', port: listener.port, interval: '100ms' }
  await using gateway = await startGateway({ dynamic: dynamic([a.url], options) })
  await gateway.process.printed(/a server is down.*NOT_SERVING/)
  expect(await answers(gateway)).toEqual(['503'])
  expect(paths[0]).toBe('/grpc.health.v1.Health/Check')
})

test('a health check of another host is a finding, and its service is off', async () => {
  await using a = await origin('a')
  await using gateway = await startGateway({ dynamic: dynamic([a.url], { path: '//other.example/health' }) })
  await gateway.process.printed(/healthCheck\.path/)
  expect((await request(gateway.port)).status).toBe(404)
})

test('the gateway ends in peace while a check waits for its answer', async () => {
  const asked = Promise.withResolvers<void>()
  const silent = createServer(() => asked.resolve())
  await using listener = await listen(silent)
  const url = `http://127.0.0.1:${listener.port}`
  await using gateway = await startGateway({ dynamic: dynamic([url], { interval: '100ms', timeout: '60s' }) })
  await asked.promise
  expect(await gateway.stop()).toEqual({ code: 0, signal: null })
})
