import { once } from 'node:events'
import { createServer, type Server, type ServerResponse } from 'node:http'
import { expect } from 'vitest'
import { HealthChecker } from '../../src/control/health/checker.ts'
import { keyOf } from '../../src/control/health/target.ts'
import { SERVER_WORDS, ServerState } from '../../src/services/server-state.ts'
import { type Cells, privateCells } from '../../src/state/cells.ts'
import { FakeTimers } from './fake-timers.ts'
import { type Checked, listen, snapshotWith, transportOf } from './health-checks.ts'
import { recordedLog } from './recorded-log.ts'

const WITHIN_MS = 5_000

/** A server whose answers a test decides, and a way to wait for its checks. */
export async function checkedServer() {
  const held: ServerResponse[] = []
  const plan = { status: 200, holds: false }
  let requests = 0
  const server: Server = createServer((_, response) => {
    requests++
    if (plan.holds) held.push(response)
    else response.writeHead(plan.status).end()
    server.emit('asked')
  })
  const listener = await listen(server)
  return {
    ...listener,
    plan,
    held,
    url: `http://127.0.0.1:${listener.port}`,
    get requests() {
      return requests
    },
    /** Resolves when it has been asked so often. */
    async asked(times: number): Promise<void> {
      while (requests < times) await once(server, 'asked', { signal: AbortSignal.timeout(WITHIN_MS) })
    },
    [Symbol.asyncDispose]: listener[Symbol.asyncDispose],
  }
}

/** A checker under a clock of its own, with the shared memory that workers would read. */
export function watchedChecker({ random = () => 0, wallTime = Date.now }: { random?: () => number; wallTime?: () => number } = {}) {
  const timers = new FakeTimers()
  const { log, lines } = recordedLog()
  const memory = new Map<string, Cells>()
  const cells = (key: string, size: number): Cells => {
    const known = memory.get(key) ?? privateCells(size)
    memory.set(key, known)
    return known
  }
  const changes: string[] = []
  const onChange = ({ service, status }: { service: string; status: string }): void => void changes.push(`${service} ${status}`)
  const checker = new HealthChecker({ cells, timers, wallTime, log, random, onChange })
  return {
    checker,
    timers,
    lines,
    changes,
    apply(services: Readonly<Record<string, Checked>>, transports?: Readonly<Record<string, unknown>>): void {
      checker.update(snapshotWith(services, transports), transportOf())
    },
    /** Whether workers would send requests to a server. */
    isUp: (service: string, server: string): boolean => new ServerState(cells(keyOf({ service, server }), SERVER_WORDS)).isUp(),
    /** Lets time pass, and waits until so many checks have ended in all. */
    async pass(ms: number, checks: number): Promise<void> {
      timers.advance(ms)
      await expect.poll(() => checker.counts.checks, { timeout: WITHIN_MS, interval: 5 }).toBe(checks)
    },
    [Symbol.asyncDispose]: () => checker.stop(),
  }
}
