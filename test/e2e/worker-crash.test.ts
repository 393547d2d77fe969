import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { BroadcastChannel } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { file } from '../../plugins/provider-file/src/index.ts'
import { loadStatic } from '../../src/config/load.ts'
import { startGateway } from '../../src/control/supervisor.ts'
import { request } from '../harness/http-client.ts'
import { recordedLog } from '../harness/recorded-log.ts'
import { temporaryFolder } from '../harness/temp.ts'

const CRASHING = new URL('../fixtures/workers/crash-on-demand.ts', import.meta.url)

for (const workers of [1, 2, 4]) {
  test(`a worker that crashes loses only its own requests and is replaced (${workers} workers)`, async () => {
    const held: ServerResponse[] = []
    const arrivals: (() => void)[] = []
    const origin = createServer((incoming, response) => {
      if (incoming.url !== '/slow') return void response.end('fast')
      held.push(response)
      arrivals.shift()?.()
    })
    await new Promise<void>((resolve) => origin.listen(0, '127.0.0.1', resolve))
    await using folder = await temporaryFolder()
    const dynamic = await folder.write(
      'dynamic.yml',
      `http:
  routers: { all: { rule: "PathPrefix(\`/\`)", service: app } }
  services: { app: { loadBalancer: { servers: [{ url: "http://127.0.0.1:${(origin.address() as AddressInfo).port}" }] } } }
`,
    )
    const configFile = await folder.write(
      'gateway.yml',
      `entryPoints: { web: { address: "127.0.0.1:0" } }\nproviders: { file: { filename: "${dynamic}" } }\n`,
    )
    const loaded = await loadStatic({ argv: [], env: {}, cwd: folder.path, configFile, providers: [file] })
    const { log, lines } = recordedLog()
    const gateway = await startGateway({ static: loaded, providers: [file], workers, log, workerEntry: CRASHING })
    await gateway.ready
    const port = gateway.addresses[0]?.port as number

    const count = 16
    const arrived = Promise.all(Array.from({ length: count }, () => new Promise<void>((resolve) => arrivals.push(resolve))))
    const slow = Array.from({ length: count }, () =>
      request(port, { path: '/slow' }).then(
        ({ text }) => text,
        () => 'lost',
      ),
    )
    await arrived
    const channel = new BroadcastChannel('crash')
    channel.postMessage(0)
    await expect
      .poll(
        () =>
          request(port).then(
            ({ text }) => text,
            () => 'lost',
          ),
        { timeout: 1_000, interval: 5 },
      )
      .toBe('fast')
    await expect.poll(() => lines.some(({ message }) => message === 'a worker is back'), { timeout: 5_000 }).toBe(true)
    for (const response of held) response.end('slow')
    const outcomes = await Promise.all(slow)
    if (workers === 1) expect(new Set(outcomes)).toEqual(new Set(['lost']))
    else expect(outcomes.filter((outcome) => outcome !== 'lost').every((outcome) => outcome === 'slow')).toBe(true)

    const later = await Promise.all(Array.from({ length: 50 }, () => request(port).then(({ text }) => text)))
    expect(new Set(later)).toEqual(new Set(['fast']))
    channel.close()
    await gateway.stop()
    origin.closeAllConnections()
    origin.close()
  })
}
