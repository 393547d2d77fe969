import { setImmediate as nextTurn } from 'node:timers/promises'
import { reasonOf } from '../http/status.ts'
import type { Log } from '../log.ts'
import { type Answer, LONGEST_WAIT_MS, type Question } from '../thread/question.ts'
import type { Timers } from './timers.ts'

/** Answers the questions to one service; may throw, which the client sees as 500. */
export type AskedService = (question: Question) => Answer | Promise<Answer>

/**
 * The services that the control plane answers for, by qualified name. Between two answers everyone else has a turn of the event
 * loop: a crowd that asks for all of a large configuration must not keep it from its work.
 */
export class AskedServices {
  readonly #log: Log
  readonly #timers: Pick<Timers, 'now'>
  readonly #services = new Map<string, AskedService>()

  #turn: Promise<unknown> = Promise.resolve()

  constructor(log: Log, timers: Pick<Timers, 'now'>) {
    this.#log = log
    this.#timers = timers
  }

  add(name: string, service: AskedService): void {
    this.#services.set(name, service)
  }

  /** Never rejects. */
  async answer(question: Question): Promise<Answer> {
    const { service: name, method, path } = question
    const askedAt = this.#timers.now()
    this.#turn = this.#turn.then(() => nextTurn())
    await this.#turn
    if (this.#timers.now() - askedAt > LONGEST_WAIT_MS) return failure(504)
    try {
      return (await this.#services.get(name)?.(question)) ?? failure(503)
    } catch (error) {
      this.#log.error(`${name} cannot answer`, { method, path, error, stack: (error as Error).stack })
      return failure(500)
    }
  }
}

const failure = (status: number): Answer => ({ status, headers: [], content: reasonOf(status) })
