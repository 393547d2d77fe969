import { once } from 'node:events'
import { rename, writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Load, startLoad } from '../../test/harness/load.ts'
import type { RunningProcess } from '../../test/harness/process.ts'
import { memoryOf } from '../accounting.ts'
import { HANDSHAKE, HANDSHAKE_ANSWER } from '../websocket-handshake.ts'
import { type Dynamic, serverAt } from './dynamic.ts'
import { isFlat, liveHeaps } from './figures.ts'
import { startSubject } from './subject.ts'
import type { Outcome, Trial } from './trial.ts'

const MIB = 1024 * 1024
const ROUTERS = 1000
const MOST_GROWTH = 1.1
const WITHIN_MS = 20_000

/** What is watched while the configuration is replaced over and over. */
export const reloads: Trial = {
  name: 'reloads',
  title: '1,000 reloads of 1,000 routers under load: failed requests, resident memory each 100, an upgraded connection',
  goal: '0 failed, the last memory ≤ 1.1 × the first, the connection stays open',
  async measure(context) {
    const [count, every] = context.quick ? [20, 5] : [1000, 100]
    await using resources = new AsyncDisposableStack()
    const echo = await startEcho(resources)
    const dynamic = (generation: number) => (originPort: number) => generationOf(generation, { originPort, echoPort: echo })
    const {
      pid,
      port,
      folder,
      process: gateway,
    } = await startSubject(context, { dynamic: dynamic(0), watch: true, node: ['--trace-gc'] }, resources)
    const tunnel = await openTunnel(port, resources)
    // One load on what never changes, one on a server whose pool every reload replaces.
    const loads = ['/small?load=same', '/small?load=new'].map((path) => startLoad(port, { connections: 4, path }))
    const samples: number[] = []
    let heapsFrom = 0
    const startedAt = performance.now()
    for (let generation = 1; generation <= count; generation += 1) {
      context.signal.throwIfAborted()
      await replace(folder, dynamic(generation)(context.originPort))
      await untilLive(gateway, generation + 1)
      if (generation % every !== 0) continue
      if (samples.length === 0) heapsFrom = gateway.stdout.length
      samples.push(memoryOf(pid).resident)
      await tunnel.echo(`after ${generation}`)
      context.progress(`reload ${generation}/${count}: ${Math.round((samples.at(-1) ?? 0) / MIB)} MiB`)
    }
    const eachMs = (performance.now() - startedAt) / count
    return outcome({
      samples,
      eachMs,
      tunnelOpen: tunnel.isOpen(),
      heaps: liveHeaps(gateway.stdout.slice(heapsFrom)),
      ...(await stopAll(loads)),
    })
  },
}

interface Facts {
  readonly samples: readonly number[]
  readonly eachMs: number
  /** Mebibytes that live after the first and the last full collection in that time, heap by heap. */
  readonly heaps: readonly (readonly [number, number])[]
  readonly tunnelOpen: boolean
  readonly total: number
  readonly failures: Readonly<Record<string, number>>
}

function outcome(facts: Facts): Outcome {
  const { samples, heaps, eachMs, tunnelOpen, total, failures } = facts
  const failed = Object.values(failures).reduce((sum, count) => sum + count, 0)
  const kinds = failed === 0 ? '' : ` (${Object.entries(failures).map(([kind, count]) => `${count} ${kind}`)})`
  const live = heaps.map(([first, last]) => `${first} → ${last}`).join(' and ')
  const memory = samples.map((octets) => Math.round(octets / MIB)).join(', ')
  return {
    measured: `${failed} of ${total} failed${kinds}; ${memory} MiB (live heaps ${live}); the connection ${tunnelOpen ? 'stayed open' : 'was closed'}; ${eachMs.toFixed(0)} ms a reload`,
    met: failed === 0 && total > 0 && tunnelOpen && isFlat(samples, MOST_GROWTH),
    figures: { ...facts },
  }
}

/** A thousand routers, half of which are others each time; so are the service and the transport of the second load. */
function generationOf(generation: number, { originPort, echoPort }: { originPort: number; echoPort: number }): Dynamic {
  const routers = Array.from({ length: ROUTERS - 3 }, (_, index) => {
    const host = index % 2 === 0 ? `same-${index}.test` : `new-${index}-${generation}.test`
    return [`router-${index}`, { rule: `Host(\`${host}\`) && PathPrefix(\`/\`)`, service: 'same' }] as const
  })
  return {
    http: {
      routers: {
        ...Object.fromEntries(routers),
        same: { rule: 'Path(`/small`) && Query(`load`, `same`)', service: 'same' },
        new: { rule: 'Path(`/small`) && Query(`load`, `new`)', service: `new-${generation}` },
        tunnel: { rule: 'Path(`/tunnel`)', service: 'tunnel' },
      },
      services: {
        same: serverAt(originPort),
        [`new-${generation}`]: serverAt(originPort, { serversTransport: 'new' }),
        tunnel: serverAt(echoPort),
      },
      serversTransports: { new: { maxIdleConnsPerHost: 100 + generation } },
    },
  }
}

async function replace(folder: string, dynamic: Dynamic): Promise<void> {
  const next = join(folder, 'next.tmp')
  await writeFile(next, JSON.stringify(dynamic))
  await rename(next, join(folder, 'dynamic.json'))
}

/** Resolves when the gateway has said that a configuration is live. */
export async function untilLive(gateway: RunningProcess, revision: number): Promise<void> {
  const late = new AbortController()
  const tooLate = async (): Promise<never> => {
    await pause(WITHIN_MS, undefined, { signal: late.signal })
    throw new Error(`configuration ${revision} is not live within ${WITHIN_MS} ms\n${gateway.stdout.slice(-2000)}`)
  }
  try {
    await Promise.race([gateway.printed(new RegExp(`configuration ${revision} is live`)), tooLate().catch(rethrowUnlessAborted(late))])
  } finally {
    late.abort()
  }
}

function rethrowUnlessAborted({ signal }: AbortController): (error: unknown) => void {
  return (error) => {
    if (!signal.aborted) throw error
  }
}

async function stopAll(loads: readonly Load[]): Promise<Pick<Facts, 'total' | 'failures'>> {
  const results = await Promise.all(loads.map((load) => load.stop()))
  const failures: Record<string, number> = {}
  for (const [kind, count] of results.flatMap((result) => [...result.failures])) failures[kind] = (failures[kind] ?? 0) + count
  return { total: results.reduce((sum, { total }) => sum + total, 0), failures }
}

/** A server that leaves HTTP and sends back what comes. Resolves to its port. */
async function startEcho(resources: AsyncDisposableStack): Promise<number> {
  const server: Server = createServer()
  server.on('upgrade', (_request, socket) => {
    socket.on('error', () => socket.destroy())
    socket.write(HANDSHAKE_ANSWER)
    socket.pipe(socket)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  resources.defer(() => void server.close())
  return (server.address() as AddressInfo).port
}

interface OpenTunnel {
  isOpen(): boolean
  /** Resolves when the text has come back. */
  echo(text: string): Promise<void>
}

async function openTunnel(port: number, resources: AsyncDisposableStack): Promise<OpenTunnel> {
  const socket: Socket = connect(port, '127.0.0.1')
  resources.defer(() => void socket.destroy())
  let open = true
  socket
    .on('error', () => {})
    .once('close', () => {
      open = false
    })
  socket.write(HANDSHAKE)
  const [head] = await once(socket, 'data')
  if (!String(head).startsWith('HTTP/1.1 101')) throw new Error(`no upgrade: ${head}`)
  return {
    isOpen: () => open,
    async echo(text) {
      if (!open) return
      socket.write(text)
      await Promise.race([once(socket, 'data'), once(socket, 'close')])
    },
  }
}
