import { createServer, type ServerResponse } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'

/** An origin that answers when the test says so. */
async function startHoldingOrigin(): Promise<{ url: string; arrived: Promise<ServerResponse> } & AsyncDisposable> {
  const arrived = Promise.withResolvers<ServerResponse>()
  const server = createServer((_incoming, response) => arrived.resolve(response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arrived: arrived.promise,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

const dynamic = (url: string): string => `
http:
  routers:
    slow: { rule: "Path(\`/slow\`)", service: app }
    who: { rule: "Path(\`/who\`)", service: "whoami@internal" }
  services: { app: { loadBalancer: { servers: [{ url: "${url}" }] } } }
`

const lifeCycle = (accept: string, grace: string): string => `    transport:
      lifeCycle:
        requestAcceptGraceTimeout: ${accept}
        graceTimeOut: ${grace}`

for (const workers of [1, 4]) {
  test(`on SIGTERM ping fails first, requests are still accepted, what is under way finishes, exit code 0 (${workers} workers)`, async () => {
    await using origin = await startHoldingOrigin()
    await using gateway = await startGateway({ dynamic: dynamic(origin.url), web: lifeCycle('1s', '10s'), workers })
    const idle = connect(gateway.port, '127.0.0.1')
    const idleClosed = new Promise((resolve) => idle.once('close', resolve))
    const slow = request(gateway.port, { path: '/slow', withinMs: 10_000 })
    const held = await origin.arrived
    expect((await request(gateway.pingPort, { path: '/ping' })).status).toBe(200)

    const stopped = gateway.stop('SIGTERM')
    await gateway.process.printed(/stopping/)
    await expect.poll(async () => (await request(gateway.pingPort, { path: '/ping' })).status).toBe(503)
    expect((await request(gateway.port, { path: '/who' })).status).toBe(200)
    await idleClosed
    // The entry point is closed now, with a request still under way; ping goes on.
    expect((await request(gateway.pingPort, { path: '/ping' })).status).toBe(503)
    held.end('finished')
    const answer = await slow
    expect(answer.text).toBe('finished')
    expect(answer.headers.connection).toBe('close')
    expect(await stopped).toEqual({ code: 0, signal: null })
  })
}

test('what does not finish within graceTimeOut is cut, and the exit code is still 0', async () => {
  await using origin = await startHoldingOrigin()
  await using gateway = await startGateway({ dynamic: dynamic(origin.url), web: lifeCycle('0s', '300ms') })
  const slow = request(gateway.port, { path: '/slow', withinMs: 10_000 }).then(
    () => 'answered',
    () => 'cut',
  )
  await origin.arrived
  expect(await gateway.stop('SIGINT')).toEqual({ code: 0, signal: null })
  expect(await slow).toBe('cut')
})

test('two signals in one moment are one wish: a terminal and npm both pass Ctrl-C on', async () => {
  await using origin = await startHoldingOrigin()
  await using gateway = await startGateway({ dynamic: dynamic(origin.url) })
  const slow = request(gateway.port, { path: '/slow' })
  const held = await origin.arrived
  process.kill(gateway.process.pid, 'SIGINT')
  process.kill(gateway.process.pid, 'SIGINT')
  await gateway.process.printed(/stopping/)
  held.end('finished')
  expect((await slow).text).toBe('finished')
  expect(await gateway.process.exited).toEqual({ code: 0, signal: null })
})

test('a second signal ends the process at once', async () => {
  await using origin = await startHoldingOrigin()
  await using gateway = await startGateway({ dynamic: dynamic(origin.url), web: lifeCycle('0s', '60s') })
  const slow = request(gateway.port, { path: '/slow', withinMs: 10_000 }).catch(() => 'cut')
  await origin.arrived
  process.kill(gateway.process.pid, 'SIGINT')
  await gateway.process.printed(/stopping/)
  const insist = setInterval(() => process.kill(gateway.process.pid, 'SIGINT'), 300)
  expect(await gateway.process.exited).toEqual({ code: 130, signal: null })
  clearInterval(insist)
  expect(await slow).toBe('cut')
})
