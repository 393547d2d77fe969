import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { Correspondent, correspond } from '../harness/correspondent.ts'
import { startGateway } from '../harness/gateway.ts'
import { freePort } from '../harness/ports.ts'

/** A server that answers with its name. */
const named = (name: string): Promise<Correspondent> => correspond((text) => `${name} ${text}`)

const dynamicFor = (servers: Readonly<Record<string, Correspondent>>, more = ''): string => `
udp:
  routers:
    all: { entryPoints: [dns], service: app }
  services:
    app: { weighted: { services: [${Object.keys(servers).map((name) => `{ name: ${name} }`)}] } }
${Object.entries(servers)
  .map(([name, { port }]) => `    ${name}: { loadBalancer: { servers: [{ address: "127.0.0.1:${port}" }] } }`)
  .join('\n')}
${more}`

/** Sessions that go on hold nobody up at the end. */
const GRACE = '--entryPoints.dns.transport.lifeCycle.graceTimeOut=100ms'

const startWith = async (dynamic: string, { workers = 1, timeout = '3s' } = {}) => {
  const port = await freePort()
  const args = [`--entryPoints.dns.address=127.0.0.1:${port}/udp`, `--entryPoints.dns.udp.timeout=${timeout}`, GRACE]
  return { port, gateway: await startGateway({ dynamic, workers, args }) }
}

for (const workers of [1, 4]) {
  test(`clients are spread over servers, and each stays with its own (${workers} workers)`, async () => {
    await using one = await named('one')
    await using two = await named('two')
    const { port, gateway } = await startWith(dynamicFor({ one, two }), { workers })
    await using _gateway = gateway
    const firsts: string[] = []
    for (let index = 0; index < 6; index++) {
      await using client = await correspond()
      const first = await client.ask(port, 'a')
      expect(await client.ask(port, 'a')).toBe(first)
      firsts.push(first)
    }
    expect(firsts.sort()).toEqual(['one a', 'one a', 'one a', 'two a', 'two a', 'two a'])
  })
}

test('datagrams keep their limits and their octets, the largest ones too', async () => {
  await using echo = await correspond((text) => text)
  const { port, gateway } = await startWith(dynamicFor({ echo }))
  await using _gateway = gateway
  await using client = await correspond()
  const large = 'x'.repeat(65_507)
  expect(await client.ask(port, large)).toBe(large)
  expect(await client.ask(port, 'a')).toBe('a')
  expect(echo.received).toEqual([large, 'a'])
})

test('a session ends when both sides are silent, and the next datagram begins another one', async () => {
  await using one = await named('one')
  await using two = await named('two')
  const { port, gateway } = await startWith(dynamicFor({ one, two }), { timeout: '500ms' })
  await using _gateway = gateway
  await using client = await correspond()
  const first = await client.ask(port, 'a')
  expect(await client.ask(port, 'a')).toBe(first)
  let next = first
  for (const until = performance.now() + 5_000; next === first && performance.now() < until; ) {
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    next = await client.ask(port, 'a')
  }
  expect(next).not.toBe(first)
})

test('a reload leaves sessions alone; new clients go where it says', async () => {
  await using old = await named('old')
  await using fresh = await named('fresh')
  const { port, gateway } = await startWith(dynamicFor({ old }), { timeout: '30s' })
  await using _gateway = gateway
  await using client = await correspond()
  expect(await client.ask(port, '1')).toBe('old 1')
  await gateway.rewrite(dynamicFor({ fresh }))
  await gateway.process.printed(/configuration 2 is live/)
  expect(await client.ask(port, '2')).toBe('old 2')
  await using newcomer = await correspond()
  expect(await newcomer.ask(port, '3')).toBe('fresh 3')
})

test('of several routers the last by name gets the datagrams, and the others are told so; one without its service is disabled', async () => {
  await using app = await named('app')
  const more = '' as const
  const dynamic = dynamicFor({ app }, more).replace(
    'routers:\n',
    'routers:\n    zero: { entryPoints: [dns], service: nowhere }\n    both: { service: app }\n    lost: { entryPoints: [dsn], service: app }\n',
  )
  const { port, gateway } = await startWith(
    dynamic.replaceAll('service: app }', 'service: one }').replace('    app: { weighted', '    one: { weighted'),
  )
  await using _gateway = gateway
  await using client = await correspond()
  expect(await client.ask(port, 'a')).toBe('app a')
  const told = gateway.process.stdout + gateway.process.stderr
  expect(told).toContain('udp.routers.zero.service is "nowhere", a service that does not exist')
  expect(told).toContain('udp.routers.all gets nothing from "dns"')
  expect(told).toContain('udp.routers.lost.entryPoints[0] is "dsn"')
})

test('a port of UDP that is taken ends the start with a reason', async () => {
  await using taken = await correspond()
  const args = [`--entryPoints.dns.address=127.0.0.1:${taken.port}/udp`]
  await expect(startGateway({ dynamic: '{}', args })).rejects.toThrow(/port \d+ is in use/)
})

test('a server that is not there yet gets the datagrams that come when it is', async () => {
  const serverPort = await freePort()
  const dynamic = `
udp:
  routers: { all: { service: app } }
  services: { app: { loadBalancer: { servers: [{ address: "127.0.0.1:${serverPort}" }] } } }
`
  const { port, gateway } = await startWith(dynamic, { timeout: '30s' })
  await using _gateway = gateway
  await using client = await correspond()
  client.socket.send('lost', port, '127.0.0.1')
  client.socket.send('lost', port, '127.0.0.1')
  const socket = createSocket('udp4').bind(serverPort, '127.0.0.1')
  await once(socket, 'listening')
  await using _server = new Correspondent(socket, (text) => `late ${text}`)
  // What was sent before it listened may still arrive.
  let answer = ''
  while (answer !== 'late there') answer = await client.ask(port, 'there')
})

test('sessions are spread in proportion to weights, and weight 0 gets none', async () => {
  await using one = await named('one')
  await using two = await named('two')
  await using three = await named('three')
  const dynamic = dynamicFor({ one, two, three })
    .replace('{ name: one }', '{ name: one, weight: 3 }')
    .replace('{ name: three }', '{ name: three, weight: 0 }')
  const { port, gateway } = await startWith(dynamic, { workers: 4 })
  await using _gateway = gateway
  const answers: string[] = []
  for (let index = 0; index < 8; index++) {
    await using client = await correspond()
    answers.push(await client.ask(port, 'a'))
  }
  expect(answers.sort()).toEqual([...Array(6).fill('one a'), 'two a', 'two a'])
})

test('a service without servers drops what comes, and others go on', async () => {
  await using solo = await named('solo')
  const { port, gateway } = await startWith(
    'udp:\n  routers: { all: { service: app } }\n  services: { app: { loadBalancer: { servers: [] } } }\n',
  )
  await using _gateway = gateway
  await using client = await correspond()
  client.socket.send('lost', port, '127.0.0.1')
  await gateway.rewrite(dynamicFor({ solo }))
  await gateway.process.printed(/configuration 2 is live/)
  expect(await client.ask(port, 'a')).toBe('solo a')
  expect(solo.received).toEqual(['a'])
})

test('sessions under way are waited for at the end, and new clients are not taken', async () => {
  await using solo = await named('solo')
  const port = await freePort()
  const args = [`--entryPoints.dns.address=127.0.0.1:${port}/udp`, '--entryPoints.dns.udp.timeout=500ms']
  await using gateway = await startGateway({ dynamic: dynamicFor({ solo }), args })
  await using client = await correspond()
  expect(await client.ask(port, '1')).toBe('solo 1')
  const stopped = gateway.stop()
  await gateway.process.printed(/stopping/)
  expect(await client.ask(port, '2')).toBe('solo 2')
  expect((await stopped).code).toBe(0)
  expect(gateway.process.stdout + gateway.process.stderr).not.toContain('were cut')
})
