import { once } from 'node:events'
import { startProcess } from '../test/harness/process.ts'
import type { Row } from './rows.ts'

/** What the load generator saw in one run. */
export interface Load {
  readonly requests: number
  readonly requestsPerSecond: number
  /** What makes the run invalid, such as `3 read errors`; empty where nothing does. */
  readonly errors: readonly string[]
}

/** What wrk sees besides. */
export interface TimedLoad extends Load {
  readonly p50Micros: number
  readonly p99Micros: number
}

/** How any load generator is run. */
export interface LoadOptions {
  /** `http://host:port` of the proxy, or with `https`. */
  readonly url: string
  readonly seconds: number
  readonly launcher: readonly string[]
  /** Ends the run early; it then rejects. */
  readonly signal: AbortSignal
}

interface LuaSummary {
  readonly requests: number
  readonly octets: number
  readonly micros: number
  readonly p50: number
  readonly p99: number
  readonly errors: Readonly<Record<string, number>>
}

const SCRIPT = new URL('./load.lua', import.meta.url).pathname

/** Loads a proxy with one row, by wrk with one thread; `fields` go with each request, as `Name: value`. */
export async function runLoad({
  row,
  fields = [],
  ...options
}: LoadOptions & { readonly row: Row; readonly fields?: readonly string[] }): Promise<TimedLoad> {
  const { url, seconds } = options
  const wrk = [
    'wrk',
    '-t1',
    `-c${row.connections}`,
    `-d${seconds}s`,
    ...fields.flatMap((field) => ['-H', field]),
    '-s',
    SCRIPT,
    `${url}${row.path}`,
    '--',
    `${row.requestOctets}`,
  ]
  return parseLoad(await outputOf(wrk, options), row)
}

/** What a load generator prints until it ends. */
export async function outputOf(generator: readonly string[], { launcher, signal }: LoadOptions): Promise<string> {
  const [command = '', ...args] = [...launcher, ...generator]
  signal.throwIfAborted()
  await using running = await startProcess(command, args)
  await Promise.race([running.exited, once(signal, 'abort')])
  signal.throwIfAborted()
  return running.stdout + running.stderr
}

/** The summary that a load generator has printed as a line of JSON. */
export function summaryIn<Summary>(output: string): Summary {
  const line = output.split('\n').find((text) => text.startsWith('{'))
  if (line === undefined) throw new Error(`the load generator has printed no summary:\n${output}`)
  return JSON.parse(line) as Summary
}

/** Reads the line that load.lua prints. */
export function parseLoad(output: string, row: Row): TimedLoad {
  const summary = summaryIn<LuaSummary>(output)
  return {
    requests: summary.requests,
    requestsPerSecond: summary.requests / (summary.micros / 1e6),
    p50Micros: summary.p50,
    p99Micros: summary.p99,
    errors: [...errorsOf(summary, row)],
  }
}

// wrk counts 400 and above as wrong; other statuses are seen by the check before the load, truncated bodies by their octets.
function* errorsOf(summary: LuaSummary, row: Row): Generator<string> {
  for (const [kind, count] of Object.entries(summary.errors)) {
    if (count > 0) yield `${count} ${kind} errors`
  }
  if (summary.requests === 0) yield 'no response'
  else if (summary.octets / summary.requests < row.responseOctets) yield 'short bodies'
}
