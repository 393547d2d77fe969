/** Checks that run at the same time: there is one thread for them. */
const MOST_RUNNING = 1

/** Checks that wait; each takes up to a tenth of a second, and nobody waits for longer than a client would. */
const MOST_WAITING = 100

interface Job {
  readonly run: () => Promise<boolean>
  readonly done: (outcome: boolean | Error) => void
}

/** The password checks of one thread: a flood of them must not take all of the machine. */
export class CheckQueue {
  #running = 0
  readonly #waiting: Job[] = []

  /** Calls back with the outcome. Returns false where too many wait already. */
  add(job: Job): boolean {
    if (this.#running < MOST_RUNNING) this.#run(job)
    else if (this.#waiting.length < MOST_WAITING) this.#waiting.push(job)
    else return false
    return true
  }

  close(): void {}

  #run({ run, done }: Job): void {
    this.#running++
    run()
      .catch((error: Error) => error)
      .then((outcome) => {
        this.#running--
        const next = this.#waiting.shift()
        if (next !== undefined) this.#run(next)
        done(outcome)
      })
  }
}
