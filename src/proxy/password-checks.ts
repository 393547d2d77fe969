import { Worker } from 'node:worker_threads'
import type { PasswordAnswer, PasswordQuestion } from './password-thread.ts'

/** Compiled, or TypeScript when run from source. */
const THREAD = import.meta.url.endsWith('.ts')
  ? new URL('./password-thread.ts', import.meta.url)
  : new URL('./password-thread.js', import.meta.url)

/** It holds a few texts at a time. */
const LIMITS = { maxOldGenerationSizeMb: 32, maxYoungGenerationSizeMb: 2 }

/**
 * Compares passwords with hashes in a thread that steps back behind requests; it is started with the first password. The
 * threads of the system would do as well, but for their priority: they also look up names.
 */
export class PasswordChecks {
  #thread: Worker | undefined
  #lastId = 0
  readonly #waiting = new Map<number, PromiseWithResolvers<boolean>>()

  /** Rejects where its thread ends before it knows. */
  check(password: string, hash: string): Promise<boolean> {
    this.#thread ??= this.#start()
    const question: PasswordQuestion = { id: ++this.#lastId, password, hash }
    const waiting = Promise.withResolvers<boolean>()
    this.#waiting.set(question.id, waiting)
    this.#thread.postMessage(question)
    return waiting.promise
  }

  #start(): Worker {
    const thread = new Worker(THREAD, { name: 'gateway passwords', resourceLimits: LIMITS })
    thread.on('message', ({ id, isRight }: PasswordAnswer) => {
      this.#waiting.get(id)?.resolve(isRight)
      this.#waiting.delete(id)
    })
    thread.once('error', (error) => this.#end(error))
    thread.once('exit', () => this.#end(new Error('the thread that checks passwords has ended')))
    thread.unref()
    return thread
  }

  /** The next password has a new one. */
  #end(reason: unknown): void {
    this.#thread = undefined
    for (const { reject } of this.#waiting.values()) reject(reason)
    this.#waiting.clear()
  }
}
