import { Worker } from 'node:worker_threads'
import { canonicalText } from '../fingerprint.ts'
import type { CheckRequest, Use, Verdict } from './verdict.ts'

/** Compiled, or TypeScript when run from source. */
const THREAD = import.meta.url.endsWith('.ts')
  ? new URL('./check-thread.ts', import.meta.url)
  : new URL('./check-thread.js', import.meta.url)

/** A module that is not ready in this time is stopped, even one that never lets go of its thread. */
const LONGEST_CHECK_MS = 8_000

/** Tries modules of users, each version and use once, in threads of their own: the control plane runs none of it. */
export class CustomChecker {
  #verdicts = new Map<string, Verdict>()
  #kept = new Map<string, Verdict>()
  readonly #longestMs: number

  constructor(longestMs = LONGEST_CHECK_MS) {
    this.#longestMs = longestMs
  }

  /** What is known of a use. */
  verdict(use: Use): Verdict | undefined {
    const key = keyOf(use)
    const verdict = this.#verdicts.get(key)
    if (verdict !== undefined) this.#kept.set(key, verdict)
    return verdict
  }

  /** Tries all that is not known yet. */
  async check(uses: readonly Use[]): Promise<void> {
    const unknown = uses.filter((use) => this.verdict(use) === undefined)
    const requests = new Map<string, { readonly module: CheckRequest['module']; readonly uses: Use[] }>()
    for (const use of unknown) {
      const { module } = use.options
      if (module === undefined) continue
      const request = requests.get(module.url) ?? { module, uses: [] }
      request.uses.push(use)
      requests.set(module.url, request)
    }
    // One after the other: many threads at once would take the processors from the requests.
    for (const request of requests.values()) {
      const verdicts = await verdictsOf(request, this.#longestMs)
      for (const [index, use] of request.uses.entries()) this.#learn(use, verdicts[index] ?? failed('it ended its thread'))
    }
  }

  /** Forgets what was not asked for since the last time. */
  forget(): void {
    this.#verdicts = this.#kept
    this.#kept = new Map()
  }

  #learn(use: Use, verdict: Verdict): void {
    this.#verdicts.set(keyOf(use), verdict)
    this.#kept.set(keyOf(use), verdict)
  }
}

function keyOf({ name, options }: Use): string {
  return `${name} ${canonicalText(options)}`
}

function failed(message: string): Verdict {
  return { type: 'failed', message }
}

async function verdictsOf(request: CheckRequest, longestMs: number): Promise<readonly Verdict[]> {
  const thread = new Worker(THREAD, { workerData: request, name: 'gateway custom middleware check' })
  const { promise, resolve } = Promise.withResolvers<readonly Verdict[] | string>()
  const timer = setTimeout(() => resolve(`it did not get ready in ${longestMs / 1000} s`), longestMs)
  thread.once('message', (verdicts: readonly Verdict[]) => resolve(verdicts))
  thread.once('error', (error: unknown) => resolve(error instanceof Error ? error.message : String(error)))
  thread.once('exit', () => resolve('it ended its thread'))
  const said = await promise
  clearTimeout(timer)
  await thread.terminate()
  return typeof said === 'string' ? request.uses.map(() => failed(said)) : said
}
