import { setTimeout as pause } from 'node:timers/promises'
import type { ConsulClient, Question } from './client.ts'

// One answer may bring many changes: who asks again at once would list everything for each of them.
const BREATH_MS = 50

/** Follows the index of a question by blocking queries. */
export class Watch {
  readonly #client: ConsulClient
  readonly #question: Question
  readonly #namespace: string | undefined
  #index = 0

  constructor(client: ConsulClient, question: Question, namespace: string | undefined) {
    this.#client = client
    this.#question = question
    this.#namespace = namespace
  }

  /** Learns from where on changes are to be heard. */
  async begin(signal: AbortSignal): Promise<void> {
    const { index } = await this.#client.ask(this.#question, { namespace: this.#namespace }, signal)
    this.#index = Math.max(1, index)
  }

  /** Calls back after each change, until it fails or is aborted; tells whether the servers seem to know less than before. */
  async run(onChange: (isReset: boolean) => void, signal: AbortSignal): Promise<never> {
    for (;;) {
      const after = this.#index
      const { index } = await this.#client.ask(this.#question, { namespace: this.#namespace, after }, signal)
      // An index that goes back belongs to other data: to wait for the old one to be passed could take days.
      this.#index = Math.max(1, index)
      if (index !== after) onChange(index < after)
      await pause(BREATH_MS, undefined, { signal })
    }
  }
}
