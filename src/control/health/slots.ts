type Job = () => Promise<void>

/** Runs so many jobs at the same time and no more; the others wait in the order in which they came. Jobs never reject. */
export class Slots {
  readonly #size: number
  readonly #running = new Set<Promise<void>>()
  readonly #waiting: Job[] = []

  constructor(size: number) {
    this.#size = size
  }

  run(job: Job): void {
    this.#waiting.push(job)
    this.#fill()
  }

  /** Resolves when nothing runs or waits any more. */
  async idle(): Promise<void> {
    while (this.#running.size > 0) await Promise.all(this.#running)
  }

  #fill(): void {
    while (this.#running.size < this.#size) {
      const job = this.#waiting.shift()
      if (job === undefined) return
      const done = job().then(() => {
        this.#running.delete(done)
        this.#fill()
      })
      this.#running.add(done)
    }
  }
}
