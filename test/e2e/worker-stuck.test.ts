import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startOrigin } from '../harness/origin.ts'
import { temporaryFolder } from '../harness/temp.ts'

/** Its seventh line never ends. */
const ENDLESS = `
import { defineMiddleware } from 'gateway/middleware'

export default defineMiddleware({
  request({ path }) {
    let turns = 0
    while (path === '/endless') turns++
  },
})
`

const answer = (port: number, path: string): Promise<string> =>
  request(port, { path, withinMs: 3_000 }).then(
    ({ text }) => text,
    () => 'none',
  )

test('a worker whose event loop stands still is named with the place, replaced, and the others serve on', async () => {
  await using folder = await temporaryFolder()
  await using origin = await startOrigin('app')
  const file = await folder.write('endless.ts', ENDLESS)
  await using gateway = await startGateway({
    workers: 2,
    dynamic: `http:
  routers: { app: { rule: "PathPrefix(\`/\`)", middlewares: [endless], service: app } }
  middlewares: { endless: { custom: { file: ${file} } } }
  services: { app: { loadBalancer: { servers: [{ url: "${origin.url}" }] } } }
`,
  })
  const lost = request(gateway.port, { path: '/endless', withinMs: 60_000 }).then(
    () => 'answered',
    () => 'reset',
  )
  await gateway.process.printed(/WRN a worker does not respond .*code=GTW_WORKER_STUCK .*endless\.ts:7:/)
  // The kernel gives about half of the new connections to the worker that takes none.
  const meanwhile = await Promise.all(Array.from({ length: 20 }, () => answer(gateway.port, '/')))
  expect(meanwhile).toContain('app')
  await gateway.process.printed(/ERR a worker did not respond for 10 s and is replaced .*endless\.ts:7:/)
  await gateway.process.printed(/a worker is back/)
  expect(await lost).toBe('reset')
  for (let turn = 0; turn < 20; turn++) expect(await answer(gateway.port, '/')).toBe('app')
}, 120_000)
