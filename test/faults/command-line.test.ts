import { expect, test } from 'vitest'
import { answering } from '../harness/answering.ts'
import { inBatches } from '../harness/batches.ts'
import { startGateway } from '../harness/gateway.ts'
import { startRawOrigin } from '../harness/peer.ts'
import { ask } from './exchange.ts'

const dynamicFor = (url: string): string => `
http:
  routers:
    all: { rule: "PathPrefix(\`/\`)", service: app }
  services:
    app: { loadBalancer: { servers: [{ url: "${url}" }] } }
`

test('the real gateway, with several workers, never shows an answer as whole that was broken off', async () => {
  const wire = `HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n${'a'.repeat(400)}`
  await using origin = await startRawOrigin(
    answering(({ startLine }, peer) => {
      const [, at, how] = (startLine.split(' ')[1] as string).split('/')
      peer.send(wire.slice(0, Number(at)))
      if (how === 'fin') peer.finish()
      else peer.reset()
    }),
  )
  await using gateway = await startGateway({ dynamic: dynamicFor(origin.url), workers: 2 })
  const paths = Array.from({ length: wire.length }, (_, at) => `/${at}/${at % 2 === 0 ? 'fin' : 'reset'}`)
  const head = wire.indexOf('\r\n\r\n') + 4
  await inBatches(paths, 8, async (path) => {
    const { status, complete } = await ask(gateway.port, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`)
    const isInHead = Number(path.split('/')[1]) < head
    expect([status, complete], path).toEqual(isInHead ? [502, true] : [status === 0 ? 0 : 200, false])
  })
  expect((await gateway.stop()).code).toBe(0)
})

test('a timeout of the real gateway comes when it says, not before', async () => {
  await using origin = await startRawOrigin()
  await using gateway = await startGateway({
    dynamic: dynamicFor(origin.url),
    static: 'serversTransport:\n  forwardingTimeouts:\n    responseHeaderTimeout: 300ms\n',
  })
  const asked = performance.now()
  const { status, complete } = await ask(gateway.port, 'GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  expect([status, complete]).toEqual([504, true])
  expect(performance.now() - asked).toBeGreaterThanOrEqual(300)
})
