import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { stringify } from 'yaml'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { type RequestOptions, type Response, request } from '../harness/http-client.ts'
import { type Origin, startOrigin } from '../harness/origin.ts'
import { connectTo } from '../harness/peer.ts'

const dynamicOf = (origin: Pick<Origin, 'url'>, middleware: object, more: object = {}): string =>
  stringify({
    http: {
      routers: { app: { rule: 'PathPrefix(`/`)', service: 'app', middlewares: ['limit'] }, ...more },
      services: { app: { loadBalancer: { servers: [{ url: origin.url }] } } },
      middlewares: { limit: middleware },
    },
  })

/** Sends requests at the same time, each on a connection of its own, and counts the statuses. */
async function tally(gateway: RunningGateway, count: number, options?: RequestOptions): Promise<Record<number, number>> {
  const seen: Record<number, number> = {}
  const answers = await Promise.all(Array.from({ length: count }, () => request(gateway.port, options)))
  for (const { status } of answers) seen[status] = (seen[status] ?? 0) + 1
  return seen
}

/** An origin whose answers wait until a test lets them go, but for those to `/quick`. */
async function startHeldOrigin() {
  const held: ServerResponse[] = []
  const origin = await startOrigin('held', ({ url }, response) => {
    if (url === '/quick') response.end('quick')
    else held.push(response)
  })
  const release = (): void => {
    for (const response of held.splice(0)) response.end('released')
  }
  return { origin, held, release, [Symbol.asyncDispose]: () => origin[Symbol.asyncDispose]() }
}

describe.each([1, 4])('with %i workers', (workers) => {
  const start = (dynamic: string): Promise<RunningGateway> => startGateway({ dynamic, workers })

  test('rateLimit lets exactly its burst through, and a reload changes nothing about that', async () => {
    await using origin = await startOrigin('app')
    const limit = { rateLimit: { average: 1, period: '1h', burst: 20 } }
    await using gateway = await start(dynamicOf(origin, limit))
    expect(await tally(gateway, 15)).toEqual({ 200: 15 })
    await gateway.rewrite(dynamicOf(origin, limit, { other: { rule: 'Path(`/another-page`)', service: 'app' } }))
    await gateway.process.printed(/configuration 2 is live/)
    await expect.poll(async () => (await request(gateway.port, { path: '/another-page' })).status).toBe(200)
    expect(await tally(gateway, 30)).toEqual({ 200: 5, 429: 25 })
    expect(origin.seen.filter(({ url }) => url === '/').length).toBe(20)
  })

  test('rateLimit delays what is just too early', async () => {
    await using origin = await startOrigin('app')
    await using gateway = await start(dynamicOf(origin, { rateLimit: { average: 2, period: '1s', burst: 1 } }))
    const first = await request(gateway.port)
    let status = 429
    // Within the last quarter of a second before the next token a request waits for it.
    while (status === 429) status = (await request(gateway.port)).status
    expect([first.status, status, origin.seen.length]).toEqual([200, 200, 2])
  })

  test('inFlightReq counts what any worker has under way', async () => {
    await using held = await startHeldOrigin()
    await using gateway = await start(dynamicOf(held.origin, { inFlightReq: { amount: 3 } }))
    const waiting = [1, 2, 3].map(() => request(gateway.port, { withinMs: 20_000, headers: { host: 'a.test' } }))
    await expect.poll(() => held.held.length).toBe(3)
    expect(await tally(gateway, 10, { headers: { host: 'a.test' } })).toEqual({ 429: 10 })
    const other = request(gateway.port, { headers: { host: 'b.test' } })
    await expect.poll(() => held.held.length).toBe(4)
    held.release()
    expect((await Promise.all([...waiting, other])).map(({ text }: Response) => text)).toEqual(Array(4).fill('released'))
    const next = request(gateway.port, { headers: { host: 'a.test' } })
    await expect.poll(() => held.held.length).toBe(1)
    held.release()
    expect((await next).status).toBe(200)
  })

  test('inFlightReq forgets a client that goes away', async () => {
    await using held = await startHeldOrigin()
    await using gateway = await start(dynamicOf(held.origin, { inFlightReq: { amount: 1 } }))
    const client = await connectTo(gateway.port)
    client.send('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    await expect.poll(() => held.held.length).toBe(1)
    client.reset()
    const quick = { path: '/quick', headers: { host: 'a.test' } }
    await expect.poll(async () => (await request(gateway.port, quick)).status).toBe(200)
  })

  test('circuitBreaker opens for all workers, and closes again when the service has recovered', async () => {
    let status = 502
    await using origin = await startOrigin('app', (_seen, response) => response.writeHead(status).end())
    const circuitBreaker = {
      expression: 'NetworkErrorRatio() > 0.5',
      checkPeriod: '1ms',
      fallbackDuration: '1s',
      recoveryDuration: '100ms',
      responseCode: 418,
    }
    await using gateway = await start(dynamicOf(origin, { circuitBreaker }))
    expect((await request(gateway.port)).status).toBe(502)
    expect(await tally(gateway, 10)).toEqual({ 418: 10 })
    expect(origin.seen.length).toBe(1)
    status = 200
    await expect.poll(() => tally(gateway, 5), { timeout: 10_000 }).toEqual({ 200: 5 })
  })
})

test('what cannot be built is a finding, and its router is left out', async () => {
  await using origin = await startOrigin('app')
  const middlewares = { limit: { inFlightReq: { amount: 1, sourceCriterion: { requestHost: true, requestHeaderName: 'X-A' } } } }
  const dynamic = dynamicOf(origin, middlewares.limit, { well: { rule: 'Path(`/well`)', service: 'app' } })
  await using gateway = await startGateway({ dynamic })
  expect((await request(gateway.port)).status).toBe(404)
  expect((await request(gateway.port, { path: '/well' })).status).toBe(200)
  expect(gateway.process.stdout + gateway.process.stderr).toContain('requestHost and requestHeaderName are mutually exclusive')
})
