import type { Answer } from './exchange.ts'
import { contentOf, type Deed, type Plan } from './plan.ts'

/** A request that has reached a server, as far as it has. */
export interface Arrival {
  readonly id: number
  readonly method: string
  readonly deed: Deed
  readonly hasContent: boolean
  /** Another request was answered on the connection before. */
  readonly reused: boolean
  /** Octets of an answer that the server has sent. */
  answered: number
}

const REPEATABLE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'PUT', 'DELETE'])
const REFUSALS: ReadonlySet<number> = new Set([400, 408])
const FAILURES: ReadonlySet<number> = new Set([502, 504])
const WHOLE: ReadonlySet<Deed> = new Set(['counted', 'chunked', 'until-close', 'infos', 'no-content', 'second-behind', 'fin-behind'])
const BROKEN: ReadonlySet<Deed> = new Set(['fin-in-content', 'reset-in-content', 'fin-in-chunks', 'bad-chunk', 'stall-in-content'])
const EARLY: ReadonlySet<Deed> = new Set(['early', 'early-fin', 'early-reset'])

/** Notes what happens to every request, and what must never happen. */
export class Ledger {
  readonly violations: string[] = []
  readonly #arrivals = new Map<number, Arrival[]>()
  answers = 0

  arrives(arrival: Arrival): void {
    const before = this.#arrivals.get(arrival.id)
    if (before === undefined) this.#arrivals.set(arrival.id, [arrival])
    else before.push(arrival)
  }

  /** Requests that reached a server more often than they may: again only where a used connection died in silence under one that may be repeated. */
  get repeated(): string[] {
    return [...this.#arrivals.values()].filter(isRepeatedTooOften).map((arrivals) => JSON.stringify(arrivals))
  }

  /** What a client got for a request that it sent as a whole. */
  answered(plan: Plan, answer: Answer): void {
    this.answers++
    const wrong = this.#wrongIn(plan, answer)
    if (wrong === undefined) return
    const seen = { ...answer, content: answer.content.slice(0, 100), length: answer.content.length }
    this.violations.push(
      `${JSON.stringify(plan)}: ${wrong}: ${JSON.stringify(seen)}, arrived ${JSON.stringify(this.#arrivals.get(plan.id))}`,
    )
  }

  get arrivals(): number {
    return [...this.#arrivals.values()].reduce((sum, { length }) => sum + length, 0)
  }

  #wrongIn(plan: Plan, { status, complete, content, infos }: Answer): string | undefined {
    if (infos.some((info) => plan.minor === 0 || (info !== 103 && !(info === 100 && plan.expects))))
      return 'an informational response that was not sent'
    if (REFUSALS.has(status)) return 'a good request was refused'
    if (FAILURES.has(status)) return wrongFailure(plan, complete, content)
    if (status === 0) return complete ? 'an answer without a head' : undefined
    return status === statusOf(plan) ? wrongContent(plan, complete, content) : 'a status that was not sent'
  }
}

function statusOf({ deed }: Plan): number {
  return EARLY.has(deed) ? 413 : deed === 'no-content' ? 204 : 200
}

/** A server may see the two in any order. */
function isRepeatedTooOften(arrivals: readonly Arrival[]): boolean {
  const [first] = arrivals
  if (first === undefined || arrivals.length === 1) return false
  const isExcused = REPEATABLE.has(first.method) && !first.hasContent && arrivals.some(({ reused, answered }) => reused && answered === 0)
  return arrivals.length > 2 || !isExcused
}

/** A request that may be repeated does not suffer from a connection that died before it. */
function wrongFailure({ deed, method, upload }: Plan, complete: boolean, content: string): string | undefined {
  if (WHOLE.has(deed) && upload < 0 && REPEATABLE.has(method)) return 'a failure without a fault'
  return complete && /^(Bad Gateway|Gateway Timeout|)$/.test(content) ? undefined : 'no proper failure'
}

function wrongContent({ id, deed, size, method }: Plan, complete: boolean, content: string): string | undefined {
  const own = method === 'HEAD' || deed === 'no-content' ? '' : contentOf(id, EARLY.has(deed) ? 5 : size)
  if (!own.startsWith(content)) return 'content of someone else'
  if (complete && content !== own) return 'content that was cut looks whole'
  return complete && content !== '' && BROKEN.has(deed) ? 'a broken answer looks whole' : undefined
}
