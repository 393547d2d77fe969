import type { Snapshot } from '../config/snapshot.ts'
import { UserModules } from '../middlewares/custom/user-modules.ts'
import type { UserCode, UserLogLine } from '../middlewares/definition.ts'

/** The code of users that one worker runs. */
export class WorkerUserCode implements UserCode {
  readonly #modules = new UserModules()
  readonly #say: (line: UserLogLine) => void
  #isGuarded = false

  constructor(say: (line: UserLogLine) => void) {
    this.#say = say
  }

  /** Loads what a snapshot needs and is not there yet; undefined where there is nothing to wait for. */
  load({ middlewares }: Pick<Snapshot, 'middlewares'>): Promise<void> | undefined {
    const modules = Object.values(middlewares).flatMap(({ custom }) => (custom?.module === undefined ? [] : [custom.module]))
    if (modules.length > 0) this.#guard()
    return this.#modules.load(modules)
  }

  module(url: string): unknown {
    return this.#modules.get(url)
  }

  log(line: UserLogLine): void {
    try {
      this.#say(line)
    } catch {
      // A field that cannot be cloned must not cost the message.
      this.#say({ ...line, fields: { middleware: line.fields.middleware } })
    }
  }

  /** What it leaves running, a timer or a promise that nobody waits for, must not end the thread and its requests. */
  #guard(): void {
    if (this.#isGuarded) return
    this.#isGuarded = true
    process.on('uncaughtException', (error: unknown) => {
      if (!this.#modules.isToBlame(error)) throw error
      const { message, stack } = error as Error
      this.log({ level: 'error', message: `code of a middleware failed outside of any request: ${message}`, fields: { stack } })
    })
  }
}
