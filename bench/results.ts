/** One round with one proxy, whatever the load is. */
export interface Round {
  readonly requestsPerSecond: number
  /** Microseconds on the CPU per request. */
  readonly cpuMicros: number
  /** Octets of memory when the round ended. */
  readonly resident: number
  readonly peak: number
}

/** One round of one row with one proxy. */
export interface Sample extends Round {
  readonly p50Micros: number
  readonly p99Micros: number
}

/** One row with one proxy: the medians of its rounds. */
export interface Cell extends Sample {
  readonly row: string
  readonly proxy: string
  /** CPU per request against nginx, round by round, then the median; absent without nginx. */
  readonly cpuToNginx?: number
  /** What makes the cell invalid. */
  readonly errors: readonly string[]
  readonly samples: readonly Sample[]
}

/** A whole run, as it is recorded. */
export interface Results {
  readonly date: string
  readonly machine: Readonly<Record<string, string>>
  readonly versions: Readonly<Record<string, string>>
  readonly rounds: number
  readonly seconds: number
  /** What was not as it should be, such as a proxy that is not installed. */
  readonly notes: readonly string[]
  readonly cells: readonly Cell[]
}

/** What the rounds of one row with one proxy have come to. */
export interface Measured<Each = Sample> {
  readonly proxy: string
  readonly samples: readonly Each[]
  readonly errors: readonly string[]
}

/** Sums up the rounds of one row. */
export function cellsOf(row: string, measured: readonly Measured[]): Cell[] {
  const nginx = measured.find(({ proxy, errors }) => proxy === 'nginx' && errors.length === 0)
  return measured.map(({ proxy, samples, errors }) => ({
    row,
    proxy,
    requestsPerSecond: medianOf(samples, 'requestsPerSecond'),
    p50Micros: medianOf(samples, 'p50Micros'),
    p99Micros: medianOf(samples, 'p99Micros'),
    cpuMicros: medianOf(samples, 'cpuMicros'),
    resident: medianOf(samples, 'resident'),
    peak: medianOf(samples, 'peak'),
    // Rounds that follow each other share what else the machine was doing, so their ratio is steadier than the medians' one.
    ...(nginx === undefined || errors.length > 0 ? {} : { cpuToNginx: median(ratios(samples, nginx.samples)) }),
    errors,
    samples,
  }))
}

/** The middle one, or the mean of the two in the middle; 0 where there is none. */
export function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const upper = sorted[sorted.length >> 1] ?? 0
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[(sorted.length >> 1) - 1] ?? 0)) / 2
}

function medianOf(samples: readonly Sample[], key: keyof Sample): number {
  return median(samples.map((sample) => sample[key]))
}

function ratios(samples: readonly Sample[], others: readonly Sample[]): number[] {
  return samples.flatMap(({ cpuMicros }, round) => {
    const other = others[round]
    return other === undefined || other.cpuMicros === 0 ? [] : [cpuMicros / other.cpuMicros]
  })
}
