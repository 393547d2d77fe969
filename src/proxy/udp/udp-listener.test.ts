import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { ManualClock } from '../../../test/harness/manual-clock.ts'
import { staticOf } from '../../../test/harness/static.ts'
import type { EntryPoint } from '../../config/entry-point.ts'
import { UdpListener } from './udp-listener.ts'

/** A server that answers with the port that it was asked from: one for each session. */
async function startPortTeller(): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket.on('message', (_, from) => socket.send(`${from.port}`, from.port, from.address))
}

async function listenTo(server: Socket, { mostSessions = 100, graceTimeOut = '100ms' } = {}) {
  const clock = new ManualClock()
  const transport = { lifeCycle: { graceTimeOut } }
  const { entryPoints } = staticOf({ entryPoints: { dns: { address: '127.0.0.1:0/udp', transport, udp: { timeout: '3s' } } } })
  const streams = { udp: () => ({ host: '127.0.0.1', port: server.address().port }) }
  const entryPoint = { name: 'dns', host: '127.0.0.1', port: 0, options: entryPoints.dns as EntryPoint }
  const listener = new UdpListener(entryPoint, { clock, streams, mostSessions })
  const { port } = await listener.listen()
  return { listener, clock, port }
}

class Client implements Disposable {
  readonly #socket = createSocket('udp4')

  /** By which port the server sees the client. */
  async ask(port: number): Promise<string> {
    const answer = once(this.#socket, 'message', { signal: AbortSignal.timeout(5_000) })
    this.#socket.send('?', port, '127.0.0.1')
    return String((await answer)[0])
  }

  [Symbol.dispose](): void {
    this.#socket.close()
  }
}

test('where there are too many sessions, the one that was silent for longest ends', async () => {
  const server = await startPortTeller()
  const { listener, port } = await listenTo(server, { mostSessions: 2 })
  using one = new Client()
  using two = new Client()
  using three = new Client()
  const [first, second] = [await one.ask(port), await two.ask(port)]
  expect(await one.ask(port)).toBe(first)
  await three.ask(port)
  expect(await one.ask(port)).toBe(first)
  expect(await two.ask(port)).not.toBe(second)
  await listener.drain()
  server.close()
})

test('a session lives as long as either side speaks, and no longer', async () => {
  const server = await startPortTeller()
  const { listener, clock, port } = await listenTo(server)
  using client = new Client()
  const first = await client.ask(port)
  clock.advance(2_900)
  expect(await client.ask(port)).toBe(first)
  clock.advance(2_900)
  expect(await client.ask(port)).toBe(first)
  clock.advance(3_500)
  expect(await client.ask(port)).not.toBe(first)
  await listener.drain()
  server.close()
})

test('draining waits for silence, takes no new clients, and cuts what is left when the time is over', async () => {
  const server = await startPortTeller()
  const { listener, clock, port } = await listenTo(server, { graceTimeOut: '10s' })
  using client = new Client()
  await client.ask(port)
  const drained = listener.drain()
  expect(await client.ask(port)).not.toBe('')
  clock.advance(3_500)
  expect(await drained).toBe(0)
  const { listener: busy, port: busyPort } = await listenTo(server)
  await client.ask(busyPort)
  expect(await busy.drain()).toBe(1)
  server.close()
})
