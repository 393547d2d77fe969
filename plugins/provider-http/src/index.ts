import { Backoff, defineProvider, type ProviderContext, retrying } from 'gateway/provider'
import { type Reading, readAnswer } from './document.ts'
import { type HttpOptions, httpOptions } from './options.ts'
import { type Answer, type HttpSource, openSource } from './source.ts'

/** Routing configuration from a URL, asked for again and again. */
export const http = defineProvider({
  name: 'http',
  options: httpOptions,
  async provide(context) {
    await using source = await openSource(context)
    await new HttpProvider(context, source).run()
  },
})

class HttpProvider {
  readonly #context: ProviderContext<HttpOptions>
  readonly #source: HttpSource
  #answer: Answer | undefined
  #good: Reading | undefined
  #wake: () => void = () => {}

  constructor(context: ProviderContext<HttpOptions>, source: HttpSource) {
    this.#context = context
    this.#source = source
  }

  async run(): Promise<void> {
    const { options, signal, log, onReload } = this.#context
    onReload(() => {
      this.#source.forget()
      this.#wake()
    })
    signal.addEventListener('abort', () => this.#wake(), { once: true })
    while (!signal.aborted) {
      // Each success begins anew: it takes no half a minute, which would reset the delays.
      await retrying(signal, new Backoff(), () => this.#poll(), log)
      if (!signal.aborted) await this.#rest(options.pollInterval)
    }
  }

  async #poll(): Promise<void> {
    const { signal, status } = this.#context
    try {
      const answer = await this.#source.fetch(signal)
      if (signal.aborted) return
      if (answer !== undefined) this.#hear(answer)
      status('ready')
    } catch (error) {
      if (!signal.aborted) status('failed', (error as Error).message)
      throw error
    }
  }

  #hear(answer: Answer): void {
    if (this.#answer?.type === answer.type && this.#answer.content.equals(answer.content)) return
    this.#answer = answer
    const reading = readAnswer(answer, this.#source.name)
    // Of a broken document nothing counts but what is wrong with it.
    if (reading.tree !== undefined) this.#good = reading
    const { tree: configuration = {}, locate = () => undefined } = this.#good ?? {}
    this.#context.emit({ configuration, findings: reading.findings, locate })
  }

  #rest(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, Math.min(ms, LONGEST_TIMER_MS))
    this.#wake = resolve
    return promise.finally(() => clearTimeout(timer))
  }
}

// Node fires timers beyond this at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1
