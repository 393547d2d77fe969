import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'
import { startStreamOrigin } from '../harness/stream-origin.ts'

const GIBIBYTE = 1024 ** 3
const CHUNK = Buffer.alloc(1024 ** 2, 'x')

/** Memory of a process, in MiB. */
function residentMiB(pid: number): number {
  const [, kib] = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) / 1024
}

test('a gibibyte passes in each direction and leaves no more behind than its buffers', async () => {
  let taken = 0
  await using origin = await startStreamOrigin((socket) => {
    let left = GIBIBYTE
    const more = (): void => {
      while (left > 0) {
        left -= CHUNK.length
        if (!socket.write(CHUNK)) return
      }
    }
    socket.on('drain', more)
    socket.on('data', ({ length }) => {
      taken += length
      if (taken === GIBIBYTE) more()
    })
  })
  await using gateway = await startGateway({
    dynamic: `
tcp:
  routers: { all: { rule: "HostSNI(\`*\`)", entryPoints: [web], service: app } }
  services: { app: { loadBalancer: { servers: [{ address: "${origin.address}" }] } } }
`,
  })
  const before = residentMiB(gateway.process.pid)
  let peak = before
  let received = 0
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const buffer = Buffer.alloc(256 * 1024)
  const callback = (size: number): boolean => {
    received += size
    if (received % 64 === 0) peak = Math.max(peak, residentMiB(gateway.process.pid))
    if (received === GIBIBYTE) resolve()
    return true
  }
  const client = connect({ port: gateway.port, host: '127.0.0.1', onread: { buffer, callback } })
  client.once('error', reject)
  let left = GIBIBYTE
  const send = (): void => {
    while (left > 0) {
      left -= CHUNK.length
      if (!client.write(CHUNK)) return
    }
  }
  client.on('drain', send)
  send()
  await promise
  peak = Math.max(peak, residentMiB(gateway.process.pid))
  client.destroy()
  expect([taken, received]).toEqual([GIBIBYTE, GIBIBYTE])
  expect(peak - before).toBeLessThan(96)
})
