import { providerOf } from '../config/reference.ts'
import type { Finding } from '../findings/finding.ts'
import type { Log } from '../log.ts'
import type { Said } from './aggregator.ts'
import { ownName } from './element.ts'
import { problemAt } from './problems.ts'

/** What middlewares lack while the gateway runs, such as a server that they need: findings that come and go by themselves. */
export class Troubles {
  readonly #log: Log
  readonly #onChange: () => void
  /** What is wrong, by worker, by qualified name of the middleware. */
  readonly #problems = new Map<string, Map<number, string>>()

  constructor(log: Log, onChange: () => void) {
    this.#log = log
    this.#onChange = onChange
  }

  /** A worker says what a middleware lacks; without a problem it lacks nothing any more. */
  hear(worker: number, { middleware, problem }: { readonly middleware: string; readonly problem?: string }): void {
    if (problem === undefined) this.#settle(worker, middleware)
    else {
      const known = this.#problems.get(middleware) ?? new Map<number, string>()
      this.#problems.set(middleware, known.set(worker, problem))
      // The first that is told stands for all of them: each worker would say the same.
      if (known.size === 1) this.#onChange()
    }
  }

  /** A worker is gone, with what it lacked. */
  forget(worker: number): void {
    for (const middleware of [...this.#problems.keys()]) this.#settle(worker, middleware)
  }

  /** What is wrong now with middlewares that somebody still speaks of. */
  findings(said: Said): Finding[] {
    return [...this.#problems].flatMap(([middleware, problems]) => {
      const provider = providerOf(middleware)
      const word = said.get(provider)
      const name = Object.keys(word?.configuration.http.middlewares ?? {}).find((one) => ownName({ name: one, provider }) === middleware)
      const [problem] = problems.values()
      if (word === undefined || name === undefined || problem === undefined) return []
      return [
        problemAt({ provider, name, locate: word.locate }, ['http', 'middlewares', name], { code: 'GTW_OUT_OF_REACH', problem }).finding,
      ]
    })
  }

  #settle(worker: number, middleware: string): void {
    const known = this.#problems.get(middleware)
    if (known?.delete(worker) !== true || known.size > 0) return
    this.#problems.delete(middleware)
    this.#log.info(`the middleware ${middleware} has again what it needs`)
    this.#onChange()
  }
}
