import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { freePort } from '../harness/ports.ts'

const MOST = 10_000
const AT_ONCE = 200

async function opened(address: string): Promise<Socket> {
  const socket = createSocket('udp4').bind(0, address)
  await once(socket, 'listening')
  return socket
}

/** By which port a server sees the client: another one for each session. */
async function ask(socket: Socket, port: number): Promise<string> {
  const answer = once(socket, 'message', { signal: AbortSignal.timeout(10_000) })
  socket.send('?', port, '127.0.0.1')
  return String((await answer)[0])
}

/** A client from an address of its own, who is gone when it is answered; its session goes on. */
async function visit(index: number, port: number): Promise<void> {
  const socket = await opened(`127.1.${index >> 8}.${index & 255}`)
  try {
    await ask(socket, port)
  } finally {
    socket.close()
  }
}

test('beyond 10,000 sessions, the one that was silent for longest ends, and all others go on', async () => {
  const server = await opened('127.0.0.1')
  server.on('message', (_, from) => server.send(`${from.port}`, from.port, from.address))
  const dynamic = `
udp:
  routers: { all: { entryPoints: [dns], service: app } }
  services: { app: { loadBalancer: { servers: [{ address: "127.0.0.1:${server.address().port}" }] } } }
`
  const port = await freePort()
  const entryPoint = '--entryPoints.dns'
  const args = [
    `${entryPoint}.address=127.0.0.1:${port}/udp`,
    `${entryPoint}.udp.timeout=300s`,
    `${entryPoint}.transport.lifeCycle.graceTimeOut=100ms`,
  ]
  await using _gateway = await startGateway({ dynamic, args })
  const [oldest, old] = [await opened('127.0.0.1'), await opened('127.0.0.1')]
  try {
    const [first, second] = [await ask(oldest, port), await ask(old, port)]
    for (let sessions = 2; sessions < MOST; sessions += AT_ONCE) {
      const visits = Array.from({ length: Math.min(AT_ONCE, MOST - sessions) }, (_, index) => visit(sessions + index, port))
      await Promise.all(visits)
    }
    // There is room for all of them; from here on, `old` is silent for longest.
    expect(await ask(oldest, port)).toBe(first)
    await visit(MOST, port)
    expect(await ask(oldest, port)).toBe(first)
    expect(await ask(old, port)).not.toBe(second)
  } finally {
    for (const socket of [oldest, old, server]) socket.close()
  }
}, 60_000)
