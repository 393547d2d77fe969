import type { Needs, Statistics } from './functions.ts'
import { LATENCY_CLASSES, latencyClass, latencyOf } from './latency-classes.ts'

/** Requests are counted in ten buckets of a second each, … */
const SECONDS = 10
/** … and their latencies in six of ten seconds each. */
const LATENCY_SPANS = 6
const LATENCY_SPAN_S = 10

/** Words of a bucket: the second that it counts, requests, network errors, then two for each ratio. */
const SECOND = 0
const REQUESTS = 1
const NETWORK_ERRORS = 2
const RATIOS = 3

/** Words of a span: which one it is, how many latencies it holds, then the classes. */
const SPAN = 0
const HELD = 1
const CLASSES = 2
const SPAN_WORDS = CLASSES + LATENCY_CLASSES

/** How many words the statistics take. */
export function windowWords({ ratios, latency }: Needs): number {
  return SECONDS * bucketWords(ratios.length) + (latency ? LATENCY_SPANS * SPAN_WORDS : 0)
}

const bucketWords = (ratios: number): number => RATIOS + 2 * ratios

/** What happened lately, in shared memory. Whoever calls holds the lock of the breaker. */
export class StatisticsWindow implements Statistics {
  readonly #words: Int32Array
  readonly #needs: Needs
  readonly #bucketWords: number
  readonly #spansAt: number
  #second = 0

  constructor(words: Int32Array, needs: Needs) {
    this.#words = words
    this.#needs = needs
    this.#bucketWords = bucketWords(needs.ratios.length)
    this.#spansAt = SECONDS * this.#bucketWords
  }

  /** What the functions answer from now on is about the time before this. */
  setTime(ms: number): void {
    this.#second = Math.floor(ms / 1000)
  }

  /** Counts a request that is over. */
  record(statusCode: number, latencyMs: number): void {
    const words = this.#words
    const bucket = this.#bucketOf(this.#second)
    words[bucket + REQUESTS] = (words[bucket + REQUESTS] as number) + 1
    if (statusCode === 502 || statusCode === 504) words[bucket + NETWORK_ERRORS] = (words[bucket + NETWORK_ERRORS] as number) + 1
    const { ratios, latency } = this.#needs
    for (let index = 0, at = bucket + RATIOS; index < ratios.length; index++, at += 2) {
      const { from, to, divFrom, divTo } = ratios[index] as (typeof ratios)[number]
      if (statusCode >= from && statusCode < to) words[at] = (words[at] as number) + 1
      if (statusCode >= divFrom && statusCode < divTo) words[at + 1] = (words[at + 1] as number) + 1
    }
    if (latency) this.#recordLatency(latencyMs)
  }

  reset(): void {
    this.#words.fill(0)
  }

  networkErrorRatio(): number {
    return quotient(this.#sum(NETWORK_ERRORS), this.#sum(REQUESTS))
  }

  ratio(index: number): number {
    return quotient(this.#sum(RATIOS + 2 * index), this.#sum(RATIOS + 2 * index + 1))
  }

  requests(): number {
    return this.#sum(REQUESTS)
  }

  latency(quantile: number): number {
    let held = 0
    for (let span = 0; span < LATENCY_SPANS; span++) held += this.#held(span)
    let left = Math.max(1, Math.ceil((Math.min(quantile, 100) / 100) * held))
    if (held === 0) return 0
    for (let index = 0; index < LATENCY_CLASSES; index++) {
      for (let span = 0; span < LATENCY_SPANS; span++) {
        if (this.#held(span) > 0) left -= this.#words[this.#spanAt(span) + CLASSES + index] as number
      }
      if (left <= 0) return latencyOf(index)
    }
    return latencyOf(LATENCY_CLASSES - 1)
  }

  #sum(word: number): number {
    let sum = 0
    for (let at = 0; at < this.#spansAt; at += this.#bucketWords) {
      if (this.#second - (this.#words[at + SECOND] as number) < SECONDS) sum += this.#words[at + word] as number
    }
    return sum
  }

  #bucketOf(second: number): number {
    const at = (second % SECONDS) * this.#bucketWords
    this.#startOver(at, second, this.#bucketWords)
    return at
  }

  #recordLatency(ms: number): void {
    const now = Math.floor(this.#second / LATENCY_SPAN_S)
    const at = this.#spanAt(now % LATENCY_SPANS)
    this.#startOver(at, now, SPAN_WORDS)
    const place = at + CLASSES + latencyClass(ms)
    this.#words[at + HELD] = (this.#words[at + HELD] as number) + 1
    this.#words[place] = (this.#words[place] as number) + 1
  }

  #held(span: number): number {
    const at = this.#spanAt(span)
    const age = Math.floor(this.#second / LATENCY_SPAN_S) - (this.#words[at + SPAN] as number)
    return age < LATENCY_SPANS ? (this.#words[at + HELD] as number) : 0
  }

  #spanAt(span: number): number {
    return this.#spansAt + span * SPAN_WORDS
  }

  /** What stands there is of an earlier round. */
  #startOver(at: number, number: number, size: number): void {
    if (this.#words[at] === number) return
    this.#words.fill(0, at, at + size)
    this.#words[at] = number
  }
}

function quotient(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
