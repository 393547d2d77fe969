/** The last response times count. */
const MOST_SAMPLES = 100

/** How long a server took to begin its last answers. */
export class ResponseTimes {
  readonly #samples: number[] = []
  #next = 0
  #sum = 0

  add(ms: number): void {
    this.#sum += ms - (this.#samples[this.#next] ?? 0)
    this.#samples[this.#next] = ms
    this.#next = (this.#next + 1) % MOST_SAMPLES
  }

  /** 0 where there is no sample. */
  get average(): number {
    return this.#samples.length === 0 ? 0 : this.#sum / this.#samples.length
  }

  close(): void {}
}
