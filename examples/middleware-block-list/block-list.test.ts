import { expect, test } from 'vitest'
import { startExample } from '../../test/harness/example.ts'
import { request } from '../../test/harness/http-client.ts'
import { startOrigin } from '../../test/harness/origin.ts'

const agents: readonly (readonly [agent: string, status: number])[] = [
  ['curl/8', 200],
  ['BadBot/1.0', 403],
  ['Mozilla (easy-scraper)', 403],
]

test('clients on the list are turned away, and all others served', async () => {
  await using origin = await startOrigin('app')
  await using gateway = await startExample(import.meta.dirname, { 'http://127.0.0.1:3000': origin.url })
  for (const [agent, status] of agents) {
    expect((await request(gateway.port, { headers: { 'User-Agent': agent } })).status, agent).toBe(status)
  }
  expect(origin.seen.length).toBe(1)
})
