import { setTimeout as pause } from 'node:timers/promises'
import { request } from '../test/harness/http-client.ts'
import { freePort } from '../test/harness/ports.ts'
import { temporaryFolder } from '../test/harness/temp.ts'
import { cpuNanoseconds, memoryOf } from './accounting.ts'
import { runLoad } from './load.ts'
import { bodyOf, RECEIVED_FIELD } from './origin.ts'
import type { Peer } from './peers/peer.ts'
import type { Measured, Sample } from './results.ts'
import type { Row } from './rows.ts'

/** What one row is measured with. */
export interface Bench {
  readonly peers: readonly Peer[]
  readonly originPort: number
  readonly rounds: number
  readonly seconds: number
  readonly proxyLauncher: readonly string[]
  readonly loadLauncher: readonly string[]
  readonly signal: AbortSignal
  progress(line: string): void
}

const WARM_UP_SECONDS = 1
const CHECK_WITHIN_MS = 10_000

/** One proxy within one row. */
interface Subject {
  readonly proxy: string
  pid: number
  url: string
  readonly samples: Sample[]
  readonly errors: string[]
}

/** Measures one row: fresh proxies, a check and a warm-up of each, then rounds in which they take turns. */
export async function measureRow(row: Row, bench: Bench): Promise<Measured[]> {
  await using started = new AsyncDisposableStack()
  const subjects: Subject[] = []
  for (const peer of bench.peers) {
    const subject: Subject = { proxy: peer.name, pid: 0, url: '', samples: [], errors: [] }
    subjects.push(subject)
    await attempt(subject, bench, async () => {
      Object.assign(subject, await start(peer, bench, started))
      await warmUp(subject, row, bench)
    })
  }
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const subject of subjects) await attempt(subject, bench, () => measureRound(subject, row, { ...bench, round }))
  }
  return subjects
}

/** What fails with one proxy is told in its cell, and the proxy is out of this row; only an interrupt ends the run. */
async function attempt(subject: Subject, { signal, progress }: Bench, action: () => Promise<void>): Promise<void> {
  signal.throwIfAborted()
  if (subject.errors.length > 0) return
  try {
    await action()
  } catch (error) {
    signal.throwIfAborted()
    subject.errors.push(error instanceof Error ? error.message : String(error))
  }
  if (subject.errors.length > 0) progress(`${subject.proxy}: ${subject.errors.join(', ')}`)
}

async function start(peer: Peer, bench: Bench, started: AsyncDisposableStack): Promise<Pick<Subject, 'pid' | 'url'>> {
  const folder = started.use(await temporaryFolder())
  const place = { port: await freePort(), originPort: bench.originPort, folder: folder.path, launcher: bench.proxyLauncher }
  const { pid, url, stop } = await peer.start(place)
  started.defer(stop)
  return { pid, url }
}

async function warmUp({ url }: Subject, row: Row, { loadLauncher: launcher, signal }: Bench): Promise<void> {
  await check(url, row)
  await runLoad({ row, url, seconds: WARM_UP_SECONDS, launcher, signal })
}

async function measureRound(subject: Subject, row: Row, bench: Bench & { readonly round: number }): Promise<void> {
  const { pid, url, proxy } = subject
  const before = cpuNanoseconds(pid)
  const load = await runLoad({ row, url, seconds: bench.seconds, launcher: bench.loadLauncher, signal: bench.signal })
  const cpuMicros = (cpuNanoseconds(pid) - before) / 1000 / Math.max(load.requests, 1)
  subject.errors.push(...load.errors)
  const { requestsPerSecond, p50Micros, p99Micros } = load
  subject.samples.push({ requestsPerSecond, p50Micros, p99Micros, cpuMicros, ...memoryOf(pid) })
  const speed = `${Math.round(requestsPerSecond)}/s, ${cpuMicros.toFixed(1)} µs CPU`
  bench.progress(`${row.name} round ${bench.round}/${bench.rounds} ${proxy}: ${speed}`)
}

/** One exchange whose every part is looked at. The first ones may fail: a proxy may listen before it is configured. */
async function check(url: string, row: Row): Promise<void> {
  const deadline = performance.now() + CHECK_WITHIN_MS
  for (;;) {
    const wrong = await whatIsWrong(url, row)
    if (wrong === undefined) return
    if (performance.now() > deadline) throw new Error(`check failed: ${wrong}`)
    await pause(50)
  }
}

async function whatIsWrong(url: string, row: Row): Promise<string | undefined> {
  const body = Buffer.alloc(row.requestOctets, 'x')
  const isUpload = row.requestOctets > 0
  const response = await request(`${url}${row.path}`, isUpload ? { method: 'POST', body } : {})
  if (response.status !== row.status) return `status ${response.status} instead of ${row.status}`
  if (response.text !== bodyOf(row)) return `${response.body.length} octets of body are not the ${row.responseOctets} expected`
  const received = Number(response.headers[RECEIVED_FIELD] ?? 0)
  if (isUpload && received < row.requestOctets) return `the origin received ${received} of ${row.requestOctets} octets`
  return undefined
}
