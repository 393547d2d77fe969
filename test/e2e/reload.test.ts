import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startLoad } from '../harness/load.ts'

const routes = (path: string, more = ''): string => `
http:
  routers:
    steady:
      rule: Path(\`/\`)
      service: whoami@internal
    changing:
      rule: Path(\`${path}\`)
      service: whoami@internal
${more}
`

const lineOf = (text: string, part: string): number => text.slice(0, text.indexOf(part)).split('\n').length

for (const workers of [1, 4]) {
  test(`50 rewrites of the file under load fail no request and end with the last one (${workers} workers)`, async () => {
    await using gateway = await startGateway({ dynamic: routes('/0'), workers })
    const load = startLoad(gateway.port)
    for (let turn = 1; turn <= 50; turn++) {
      await gateway.rewrite(routes(`/${turn}`))
      await load.served(20)
    }
    await gateway.process.printed(/configuration \d+ is live/)
    await expect.poll(async () => (await request(gateway.port, { path: '/50' })).status, { timeout: 3_000 }).toBe(200)
    const { total, failures } = await load.stop()
    expect(failures).toEqual(new Map())
    expect(total).toBeGreaterThan(1000)
    expect((await request(gateway.port, { path: '/1' })).status).toBe(404)
  })
}

test('broken YAML keeps the last good configuration and says where it is broken', async () => {
  await using gateway = await startGateway({ dynamic: routes('/good') })
  await gateway.rewrite('http:\n  routers:\n    a: [unclosed\n')
  await gateway.process.printed(/dynamic\.yml:[34]:\d+/)
  expect((await request(gateway.port, { path: '/good' })).status).toBe(200)
  await gateway.rewrite(routes('/better'))
  await expect.poll(async () => (await request(gateway.port, { path: '/better' })).status).toBe(200)
})

test('a router with an unknown service, one with a broken rule and one with a misspelt key are disabled alone', async () => {
  const dynamic = routes(
    '/good',
    `    lost:
      rule: Path(\`/lost\`)
      service: nowhere
    broken:
      rule: Path(\`/broken\`
      service: whoami@internal
    misspelt:
      rul: Path(\`/misspelt\`)
      rule: Path(\`/misspelt\`)
      service: whoami@internal
`,
  )
  await using gateway = await startGateway({ dynamic })
  const status = async (path: string): Promise<number> => (await request(gateway.port, { path })).status
  expect(await status('/good')).toBe(200)
  for (const path of ['/lost', '/broken', '/misspelt']) expect(await status(path), path).toBe(404)
  for (const finding of [/nowhere/, new RegExp(`dynamic\\.yml:${lineOf(dynamic, '/broken')}:13`), /"rul".*"rule"/])
    await gateway.process.printed(finding)
})
