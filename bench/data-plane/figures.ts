import { type Measured, median, type Round } from '../results.ts'

const KIB = 1024
const MIB = 1024 * KIB

type Figure = 'cpuMicros' | 'requestsPerSecond'

/** CPU per request of one proxy against another, round by round, then the median. Throws where either has failed. */
export function cpuRatio(measured: readonly Measured<Round>[], proxy: string, against: string): number {
  return ratioOf('cpuMicros', measured, proxy, against)
}

/** The same for what each proxy does in a second. */
export function rateRatio(measured: readonly Measured<Round>[], proxy: string, against: string): number {
  return ratioOf('requestsPerSecond', measured, proxy, against)
}

function ratioOf(figure: Figure, measured: readonly Measured<Round>[], proxy: string, against: string): number {
  const [one, other] = [samplesOf(measured, proxy), samplesOf(measured, against)]
  return median(one.map((sample, round) => sample[figure] / (other[round]?.[figure] ?? Number.NaN)).filter(Number.isFinite))
}

/** The median of one number of a proxy's rounds. Throws where the proxy has failed. */
export function medianFigure(measured: readonly Measured<Round>[], proxy: string, figure: Figure): number {
  return median(samplesOf(measured, proxy).map((sample) => sample[figure]))
}

function samplesOf(measured: readonly Measured<Round>[], proxy: string): readonly Round[] {
  const found = measured.find((one) => one.proxy === proxy)
  if (found === undefined || found.samples.length === 0 || found.errors.length > 0) {
    throw new Error(`${proxy}: ${found?.errors.join(', ') || 'not measured'}`)
  }
  return found.samples
}

/** Whether the last sample is at most so much above the first one. */
export function isFlat(samples: readonly number[], growth: number): boolean {
  const [first, last] = [samples[0], samples.at(-1)]
  return first !== undefined && last !== undefined && last <= first * growth
}

/** Octets as whole mebibytes, for words. */
export function mebibytes(octets: number): string {
  return `${Math.round(octets / MIB)} MiB`
}

/** Octets as kibibytes with one digit, for words. */
export function kibibytes(octets: number): string {
  return `${(octets / KIB).toFixed(1)} KiB`
}

/** The value below which a share of the sorted numbers lies (nearest rank). */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? Number.NaN
}

/** How many requests of a constant rate are due so many milliseconds after the start. */
export function dueAfter(elapsedMs: number, ratePerSecond: number): number {
  return Math.floor((elapsedMs * ratePerSecond) / 1000)
}

const READS = ['read', 'readv', 'recvfrom', 'recvmsg']
const WRITES = ['write', 'writev', 'sendto', 'sendmsg']

/** System calls of a process: how often each was made, and how often to read and to write. */
export interface SystemCalls {
  readonly calls: Readonly<Record<string, number>>
  readonly reads: number
  readonly writes: number
}

/** Reads the table that `strace -c` prints; the column of errors is empty where there are none. */
export function parseSystemCalls(table: string): SystemCalls {
  const lines = table.matchAll(/^\s*[\d.]+\s+[\d.]+\s+\d+\s+(?<count>\d+)\s+(?:\d+\s+)?(?<name>[a-z_]\w*)$/gm)
  const calls: Record<string, number> = {}
  for (const { groups } of lines) {
    if (groups?.name !== undefined && groups.name !== 'total') calls[groups.name] = Number(groups.count)
  }
  const sumOf = (names: readonly string[]): number => names.reduce((sum, name) => sum + (calls[name] ?? 0), 0)
  return { calls, reads: sumOf(READS), writes: sumOf(WRITES) }
}

const FULL_COLLECTION = /^\[\d+:(?<heap>0x[\da-f]+)\]\s+\d+ ms: Mark-Compact.*? -> (?<live>[\d.]+) \(/gm

/** What `--trace-gc` says of each heap: the mebibytes that were live after its first and its last full collection. */
export function liveHeaps(trace: string): (readonly [number, number])[] {
  const heaps = new Map<string, readonly [number, number]>()
  for (const { groups: { heap = '', live } = {} } of trace.matchAll(FULL_COLLECTION)) {
    heaps.set(heap, [heaps.get(heap)?.[0] ?? Number(live), Number(live)])
  }
  return [...heaps.values()]
}
