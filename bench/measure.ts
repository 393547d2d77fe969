import { setTimeout as pause } from 'node:timers/promises'
import { request } from '../test/harness/http-client.ts'
import { freePort } from '../test/harness/ports.ts'
import { temporaryFolder } from '../test/harness/temp.ts'
import { cpuNanoseconds, type Memory, memoryOf } from './accounting.ts'
import { type Load, type LoadOptions, runLoad, type TimedLoad } from './load.ts'
import { bodyOf, RECEIVED_FIELD } from './origin.ts'
import type { Peer } from './peers/peer.ts'
import type { Measured } from './results.ts'
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

/** What a proxy is asked to do over and over, and how one sees that it does it. */
export interface Exchange<L extends Load = Load> {
  readonly name: string
  /** Looks at every part of one exchange; resolves to what is wrong with it, if anything. */
  whatIsWrong(url: string): Promise<string | undefined>
  load(options: LoadOptions): Promise<L>
}

/** What a round tells: what the load generator saw, and what it cost the proxy. */
type Cost<L extends Load> = Omit<L, 'requests' | 'errors'> & Memory & { readonly cpuMicros: number }

const WARM_UP_SECONDS = 1
const CHECK_WITHIN_MS = 10_000

/** One proxy within one row. */
interface Subject<L extends Load> {
  readonly proxy: string
  pid: number
  url: string
  readonly samples: Cost<L>[]
  readonly errors: string[]
}

/** Measures one row of the side-by-side bench. */
export function measureRow(row: Row, bench: Bench): Promise<Measured[]> {
  const exchange: Exchange<TimedLoad> = {
    name: row.name,
    whatIsWrong: (url) => whatIsWrongWith(url, row),
    load: (options) => runLoad({ ...options, row }),
  }
  return measureExchange(exchange, bench)
}

/** Measures one kind of exchange: fresh proxies, a check and a warm-up of each, then rounds in which they take turns. */
export async function measureExchange<L extends Load>(exchange: Exchange<L>, bench: Bench): Promise<Measured<Cost<L>>[]> {
  await using started = new AsyncDisposableStack()
  const subjects: Subject<L>[] = []
  for (const peer of bench.peers) {
    const subject: Subject<L> = { proxy: peer.name, pid: 0, url: '', samples: [], errors: [] }
    subjects.push(subject)
    await attempt(subject, bench, async () => {
      Object.assign(subject, await start(peer, bench, started))
      await warmUp(subject.url, exchange, bench)
    })
  }
  for (let round = 1; round <= bench.rounds; round += 1) {
    for (const subject of subjects) await attempt(subject, bench, () => measureRound(subject, exchange, { ...bench, round }))
  }
  return subjects
}

/** What fails with one proxy is told in its cell, and the proxy is out of this row; only an interrupt ends the run. */
async function attempt<L extends Load>(subject: Subject<L>, { signal, progress }: Bench, action: () => Promise<void>): Promise<void> {
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

async function start(peer: Peer, bench: Bench, started: AsyncDisposableStack): Promise<{ pid: number; url: string }> {
  const folder = started.use(await temporaryFolder())
  const place = { port: await freePort(), originPort: bench.originPort, folder: folder.path, launcher: bench.proxyLauncher }
  const { pid, url, stop } = await peer.start(place)
  started.defer(stop)
  return { pid, url }
}

async function warmUp(url: string, exchange: Exchange, { loadLauncher: launcher, signal }: Bench): Promise<void> {
  await check(url, exchange)
  await exchange.load({ url, seconds: WARM_UP_SECONDS, launcher, signal })
}

async function measureRound<L extends Load>(
  { pid, url, proxy, samples, errors }: Subject<L>,
  exchange: Exchange<L>,
  bench: Bench & { readonly round: number },
): Promise<void> {
  const before = cpuNanoseconds(pid)
  const load = await exchange.load({ url, seconds: bench.seconds, launcher: bench.loadLauncher, signal: bench.signal })
  const cpuMicros = (cpuNanoseconds(pid) - before) / 1000 / Math.max(load.requests, 1)
  const { requests: _requests, errors: wrong, ...seen } = load
  errors.push(...wrong)
  samples.push({ ...seen, cpuMicros, ...memoryOf(pid) })
  const speed = `${Math.round(load.requestsPerSecond)}/s, ${cpuMicros.toFixed(1)} µs CPU`
  bench.progress(`${exchange.name} round ${bench.round}/${bench.rounds} ${proxy}: ${speed}`)
}

/** The first exchanges may go wrong: a proxy may listen before it is configured. */
async function check(url: string, exchange: Exchange): Promise<void> {
  const deadline = performance.now() + CHECK_WITHIN_MS
  for (;;) {
    const wrong = await exchange.whatIsWrong(url)
    if (wrong === undefined) return
    if (performance.now() > deadline) throw new Error(`check failed: ${wrong}`)
    await pause(50)
  }
}

/** Looks at one exchange of a row; `fields` are those of the request, as `Name: value`. Resolves to what is wrong, if anything. */
export async function whatIsWrongWith(url: string, row: Row, fields: readonly string[] = []): Promise<string | undefined> {
  const body = Buffer.alloc(row.requestOctets, 'x')
  const isUpload = row.requestOctets > 0
  const headers = Object.fromEntries(fields.map((field) => field.split(/: (.*)/s, 2)))
  const response = await request(`${url}${row.path}`, isUpload ? { method: 'POST', body, headers } : { headers })
  if (response.status !== row.status) return `status ${response.status} instead of ${row.status}`
  if (response.text !== bodyOf(row)) return `${response.body.length} octets of body are not the ${row.responseOctets} expected`
  const received = Number(response.headers[RECEIVED_FIELD] ?? 0)
  if (isUpload && received < row.requestOctets) return `the origin received ${received} of ${row.requestOctets} octets`
  return undefined
}
