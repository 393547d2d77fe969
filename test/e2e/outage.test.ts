import type { ServerResponse } from 'node:http'
import { expect, test } from 'vitest'
import { type RunningGateway, startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { startLoad } from '../harness/load.ts'
import { startOrigin } from '../harness/origin.ts'
import { freePort } from '../harness/ports.ts'
import { type RunningProcess, startProcess } from '../harness/process.ts'

const SERVER = new URL('../fixtures/servers/named.ts', import.meta.url).pathname

interface Member {
  readonly name: string
  readonly port: number
  process: RunningProcess
}

const run = (port: number, name: string): Promise<RunningProcess> =>
  startProcess(process.execPath, [SERVER, `${port}`, name], { ready: port })

async function startMember(name: string): Promise<Member> {
  const port = await freePort()
  return { name, port, process: await run(port, name) }
}

const dynamicFor = (members: readonly Member[]): string => `
http:
  routers:
    all: { rule: "PathPrefix(\`/\`)", service: app, middlewares: [again] }
  middlewares:
    again: { retry: { attempts: 3, status: ["502"] } }
  services:
    app:
      loadBalancer:
        healthCheck: { path: /, interval: 300ms, timeout: 2s }
        servers:
${members.map(({ port }) => `          - { url: "http://127.0.0.1:${port}" }`).join('\n')}
`

async function names(gateway: RunningGateway, count: number): Promise<Record<string, number>> {
  const tally: Record<string, number> = {}
  for (let index = 0; index < count; index++) {
    const { text } = await request(gateway.port)
    tally[text] = (tally[text] ?? 0) + 1
  }
  return tally
}

for (const workers of [1, 4]) {
  test(`one of three servers is killed and comes back under load: no request fails, and it is asked again (${workers} workers)`, async () => {
    const members = await Promise.all(['a', 'b', 'c'].map(startMember))
    const [victim] = members as [Member]
    try {
      await using gateway = await startGateway({ dynamic: dynamicFor(members), workers })
      const load = startLoad(gateway.port, { connections: 16 })
      await load.served(200)
      for (let times = 0; times < 2; times++) {
        await victim.process.stop('SIGKILL')
        await gateway.process.printed(new RegExp(`(a server is down[\\s\\S]*){${times + 1}}`))
        await load.served(500)
        await expect.poll(async () => Object.keys(await names(gateway, 12)).sort(), { timeout: 10_000 }).toEqual(['b', 'c'])
        victim.process = await run(victim.port, victim.name)
        await gateway.process.printed(new RegExp(`(a server is up again[\\s\\S]*){${times + 1}}`))
        await load.served(500)
      }
      const { total, failures } = await load.stop()
      expect(total).toBeGreaterThan(2_000)
      expect(failures).toEqual(new Map())
      // A check that comes late on a busy machine may have taken one out for a moment.
      await expect.poll(() => names(gateway, 12), { timeout: 10_000 }).toEqual({ a: 4, b: 4, c: 4 })
    } finally {
      await Promise.all(members.map((member) => member.process.stop('SIGKILL')))
    }
  })

  test(`when all servers are down the answer is 503 at once, and nothing piles up (${workers} workers)`, async () => {
    const members = await Promise.all(['a', 'b'].map(startMember))
    await using gateway = await startGateway({ dynamic: dynamicFor(members), workers })
    await Promise.all(members.map((member) => member.process.stop('SIGKILL')))
    await gateway.process.printed(/(a server is down[\s\S]*){2}/)
    const answers = await Promise.all(Array.from({ length: 200 }, () => request(gateway.port, { withinMs: 2_000 })))
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`))).toEqual(new Set(['503 no available server\n']))
  })
}

const budgets = [
  { requests: 30, again: 10 },
  { requests: 100, again: 20 },
]

for (const { requests, again } of budgets) {
  test(`of ${requests} requests that busy servers refuse, ${again} are sent again, and the others get the answer`, async () => {
    const first: ServerResponse[] = []
    const second: ServerResponse[] = []
    await using origin = await startOrigin('busy', (_seen, response) => {
      if (first.length < requests) first.push(response)
      else second.push(response)
    })
    await using gateway = await startGateway({
      dynamic: `
http:
  routers: { all: { rule: "PathPrefix(\`/\`)", service: app, middlewares: [again] } }
  middlewares: { again: { retry: { attempts: 2, status: ["503"] } } }
  services: { app: { loadBalancer: { servers: [{ url: "${origin.url}" }] } } }
`,
    })
    const round = async (): Promise<number[]> => {
      let refused = 0
      const asked = Array.from({ length: requests }, async () => {
        const { status } = await request(gateway.port, { withinMs: 20_000 })
        if (status === 503) refused++
        return status
      })
      await expect.poll(() => first.length, { timeout: 20_000 }).toBe(requests)
      for (const response of first) response.writeHead(503).end()
      await expect.poll(() => second.length, { timeout: 20_000 }).toBe(again)
      await expect.poll(() => refused, { timeout: 20_000 }).toBe(requests - again)
      for (const response of second) response.end()
      return Promise.all(asked)
    }
    for (let turn = 0; turn < 2; turn++) {
      const statuses = await round()
      expect(statuses.filter((status) => status === 200)).toHaveLength(again)
      first.length = 0
      second.length = 0
    }
  })
}
