import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { readCases, wireFiles } from '../wire/read-cases.ts'
import { chunkedTarget, requestTarget, responseTarget } from './message-targets.ts'
import { mutate, splice } from './mutate.ts'
import { Random } from './random.ts'
import type { Target } from './target.ts'
import { pathTarget, ruleTarget } from './text-targets.ts'

const TARGETS: readonly Target[] = [requestTarget, responseTarget, chunkedTarget, ruleTarget, pathTarget]

/** Longer inputs would only make the corpus slower. */
const LONGEST_KEPT = 1_024
const LARGEST_CORPUS = 20_000

/** An input that takes longer has hung; it gets three tries, for the machine may have been busy. */
const HANG_MS = 50
const TRIES = 3

/** The heap is looked at so many times; what it may grow by besides the corpus and what is known about it. */
const SAMPLES = 20
const ALLOWED_GROWTH = 16 * 1_048_576

/** Findings of one seed that are kept; a broken parser would have millions. */
const MOST_FINDINGS = 50

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** A promise that an input breaks. */
interface FuzzFinding {
  readonly target: string
  readonly input: string
  readonly message: string
}

/** What a run came to. */
export interface FuzzReport {
  readonly inputs: ReadonlyMap<string, number>
  readonly corpus: ReadonlyMap<string, number>
  readonly findings: readonly FuzzFinding[]
  readonly failed: number
  /** Octets of the heap behind a collection, over the run. */
  readonly heap: readonly number[]
  readonly slowest: { readonly ms: number; readonly target: string; readonly length: number }
  readonly seconds: number
}

/** Feeds so many inputs to all targets, each in its share. */
export function fuzz(count: number, seed: number): FuzzReport {
  return new Run(seed).report(count)
}

class Run {
  readonly #random: Random
  readonly #corpora = new Map(TARGETS.map((target) => [target, [...target.seeds, ...wireInputs(target)]]))
  readonly #signatures = new Map(TARGETS.map((target) => [target, new Set<string>()]))
  readonly #inputs = new Map(TARGETS.map(({ name }) => [name, 0]))
  readonly #findings: FuzzFinding[] = []
  readonly #lottery = TARGETS.flatMap((target) => Array.from({ length: target.weight }, () => target))
  #failed = 0
  #slowest = { ms: 0, target: '', length: 0 }

  constructor(seed: number) {
    this.#random = new Random(seed)
  }

  report(count: number): FuzzReport {
    const started = performance.now()
    const heap: number[] = []
    const step = Math.max(1, Math.floor(count / SAMPLES))
    for (let done = 0; done < count; done++) {
      this.#examineNext(this.#random.pick(this.#lottery))
      if ((done + 1) % step === 0) heap.push(heapInUse())
    }
    this.#judgeGrowth(heap)
    const corpus = new Map(Array.from(this.#corpora, ([{ name }, inputs]) => [name, inputs.length]))
    const seconds = (performance.now() - started) / 1000
    return { inputs: this.#inputs, corpus, findings: this.#findings, failed: this.#failed, heap, slowest: this.#slowest, seconds }
  }

  #examineNext(target: Target): void {
    const input = this.#inputFor(target)
    this.#inputs.set(target.name, (this.#inputs.get(target.name) as number) + 1)
    try {
      const signature = this.#examineInTime(target, input)
      const corpus = this.#corpora.get(target) as string[]
      const signatures = this.#signatures.get(target) as Set<string>
      if (input.length > LONGEST_KEPT || corpus.length === LARGEST_CORPUS || signatures.has(signature)) return
      signatures.add(signature)
      corpus.push(ownCopy(input))
    } catch (error) {
      this.#find(target.name, input, error instanceof Error ? error.message : String(error))
    }
  }

  #inputFor(target: Target): string {
    const random = this.#random
    if (random.once(10)) return target.make(random)
    const corpus = this.#corpora.get(target) as string[]
    const base = random.once(4) ? target.make(random) : random.pick(corpus)
    const mutated = mutate(base, random, target.words)
    return random.once(8) ? splice(mutated, random.pick(corpus), random) : mutated
  }

  #examineInTime(target: Target, input: string): string {
    const choices = this.#random.below(2 ** 31)
    let signature = ''
    let fastest = Number.POSITIVE_INFINITY
    for (let tries = 0; tries < TRIES && fastest > HANG_MS; tries++) {
      const started = performance.now()
      signature = target.examine(input, new Random(choices))
      fastest = Math.min(fastest, performance.now() - started)
    }
    if (fastest > HANG_MS) throw new Error(`it took ${fastest.toFixed(0)} ms`)
    if (fastest > this.#slowest.ms) this.#slowest = { ms: fastest, target: target.name, length: input.length }
    return signature
  }

  /** The first quarter of a run fills the corpus and the caches of the engine; behind it nothing may grow but the corpus. */
  #judgeGrowth(heap: readonly number[]): void {
    const early = heap[Math.floor(heap.length / 4)] ?? 0
    const growth = (heap.at(-1) ?? 0) - early
    const corpus = [...this.#corpora.values()].flat().reduce((octets, input) => octets + 2 * input.length + 256, 0)
    if (growth > ALLOWED_GROWTH + corpus) this.#find('memory', '', `the heap grew by ${Math.round(growth / 1_048_576)} MiB`)
  }

  #find(target: string, input: string, message: string): void {
    this.#failed++
    if (this.#findings.length < MOST_FINDINGS) this.#findings.push({ target, input, message })
  }
}

/** Every octet sequence that was ever worth a wire case is a good start. */
function wireInputs(target: Target): string[] {
  if (target !== requestTarget && target !== responseTarget) return []
  return wireFiles()
    .flatMap(readCases)
    .filter(({ answers, input }) => (answers === undefined) === (target === requestTarget) && input.length <= LONGEST_KEPT)
    .map(({ input }) => input.toString('latin1'))
}

/** A slice would keep the whole text that it is a slice of. */
function ownCopy(input: string): string {
  return Buffer.from(input, 'utf16le').toString('utf16le')
}

function heapInUse(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

function summary(report: FuzzReport, seed: string): string {
  const total = [...report.inputs.values()].reduce((one, other) => one + other, 0)
  const { slowest, heap, findings, seconds } = report
  const mebibytes = (octets = 0) => (octets / 1_048_576).toFixed(1)
  return [
    `seed ${seed}: ${total} inputs in ${seconds.toFixed(1)} s, ${Math.round(total / seconds)} a second`,
    ...Array.from(report.inputs, ([name, inputs]) => `${String(inputs).padStart(9)} ${name}, corpus ${report.corpus.get(name)}`),
    `heap ${mebibytes(heap[Math.floor(heap.length / 4)])} MiB behind a quarter, ${mebibytes(heap.at(-1))} MiB at the end; RSS ${mebibytes(process.memoryUsage().rss)} MiB`,
    `slowest input ${slowest.ms.toFixed(1)} ms (${slowest.target}, ${slowest.length} octets)`,
    ...findings.map(({ target, input, message }) => `\n${target}: ${message}\n  ${JSON.stringify(input)}`),
    '',
    `${total - report.failed} passed, ${report.failed} failed`,
  ].join('\n')
}

function main(): void {
  const { values } = parseArgs({ options: { count: { type: 'string', default: '2000000' }, seed: { type: 'string', default: '1' } } })
  const report = fuzz(Number(values.count), Number(values.seed))
  console.log(summary(report, values.seed))
  process.exitCode = report.failed === 0 ? 0 : 1
}

if (import.meta.main) main()
