import { dirname, resolve } from 'node:path'
import type { Middleware } from '../config/dynamic.ts'
import type { Source } from '../findings/finding.ts'
import { toFindings } from '../findings/from-issues.ts'
import type { CustomOptions } from '../middlewares/custom.ts'
import type { Said, Word } from './aggregator.ts'
import { CustomChecker } from './custom/checker.ts'
import { FileWatch } from './custom/file-watch.ts'
import { type Found, moduleOf } from './custom/module-of.ts'
import type { Use, Verdict } from './custom/verdict.ts'
import { elementPath, type Origin, ownName, type Problem, sourceOf } from './element.ts'
import { TRUSTED } from './expanded-message.ts'
import { problemAt } from './problems.ts'

/** One middleware of a user that a provider speaks of. */
interface Wanted {
  readonly origin: Origin
  readonly middleware: Middleware
  readonly options: CustomOptions
  readonly found: Found
}

/** What becomes of one. */
interface Settled {
  readonly middleware: Middleware
  readonly problems: readonly Problem[]
}

/**
 * Finds the modules behind `custom` middlewares and has them tried before anything goes live. Where a version of a file does
 * not work, the last one that did stays in its place. `onChange` is called when a file has changed.
 */
export class CustomMiddlewares {
  readonly #checker: CustomChecker
  readonly #watch: FileWatch
  /** What worked last, by qualified name and file. */
  readonly #good = new Map<string, CustomOptions>()

  constructor(onChange: () => void = () => {}, checker = new CustomChecker()) {
    this.#checker = checker
    this.#watch = new FileWatch(onChange)
  }

  /** What providers said, with modules and with what is wrong about them; the same at once where nobody speaks of any. */
  prepare(said: Said): Said | Promise<Said> {
    let wanted = wantedIn(said)
    // A file may have changed after it was read and before it was watched.
    if (this.#watch.follow(new Set(wanted.flatMap(({ found: { file } }) => file ?? [])))) wanted = wantedIn(said)
    return wanted.length === 0 ? said : this.#settleAll(said, wanted)
  }

  close(): void {
    this.#watch.close()
  }

  async #settleAll(said: Said, wanted: readonly Wanted[]): Promise<Said> {
    await this.#checker.check(wanted.flatMap((one) => useOf(one) ?? []))
    const fallbacks = wanted.flatMap((one) => this.#fallbackOf(one) ?? [])
    await this.#checker.check(fallbacks)
    const settled = new Map(wanted.map((one) => [one.middleware, this.#settle(one)]))
    this.#checker.forget()
    const keys = new Set(wanted.map(keyOf))
    for (const key of this.#good.keys()) if (!keys.has(key)) this.#good.delete(key)
    return new Map([...said].map(([provider, word]) => [provider, withSettled(word, settled)]))
  }

  /** The last version that worked, where the newest one does not. */
  #fallbackOf(wanted: Wanted): Use | undefined {
    const use = useOf(wanted)
    if (use !== undefined && this.#checker.verdict(use)?.type === 'good') return undefined
    const last = this.#good.get(keyOf(wanted))
    return last?.module === undefined ? undefined : { name: ownName(wanted.origin), options: { ...wanted.options, module: last.module } }
  }

  #settle(wanted: Wanted): Settled {
    const { origin, middleware, found } = wanted
    const use = useOf(wanted)
    const verdict = use && this.#checker.verdict(use)
    if (use !== undefined && verdict?.type === 'good') {
      this.#good.set(keyOf(wanted), use.options)
      return { middleware: { ...middleware, custom: use.options }, problems: [] }
    }
    const fallback = this.#fallbackOf(wanted)
    const isKept = fallback !== undefined && this.#checker.verdict(fallback)?.type === 'good'
    const problems = 'problem' in found ? [unfound(origin, found)] : problemsOf(wanted, verdict)
    if (isKept) {
      const hint = 'the last version that worked stays live'
      return {
        middleware: { ...middleware, custom: fallback.options },
        problems: problems.map(({ finding }) => ({ finding: { ...finding, hint } })),
      }
    }
    const disables = elementPath('middlewares', ownName(origin))
    return { middleware, problems: problems.map(({ finding }) => ({ finding, disables })) }
  }
}

function wantedIn(said: Said): Wanted[] {
  return [...said].flatMap(([provider, word]) => wantedBy(provider, word))
}

function wantedBy(provider: string, { configuration, locate, problems }: Word): Wanted[] {
  const disabled = new Set(problems.map(({ disables }) => disables))
  return Object.entries(configuration.http.middlewares).flatMap(([name, middleware]) => {
    const options: CustomOptions | undefined = middleware.custom
    const origin = { provider, name, locate }
    if (options === undefined || disabled.has(elementPath('middlewares', ownName(origin)))) return []
    return [{ origin, middleware, options, found: TRUSTED.has(provider) ? moduleOf(options, folderOf(origin)) : REFUSED(options) }]
  })
}

const REFUSED = ({ file, package: name }: CustomOptions): Found => ({
  key: file !== undefined ? 'file' : name !== undefined ? 'package' : 'interceptor',
  problem: 'names code, which only a file on this machine may do',
})

/** Where the options stand; the working folder where that is not known. */
function folderOf(origin: Origin): string {
  const source = sourceOf(origin, ['http', 'middlewares', origin.name, 'custom'], 'key')
  return source.kind === 'file' ? dirname(resolve(source.file)) : process.cwd()
}

function keyOf({ origin, options: { file, interceptor } }: Wanted): string {
  return `${ownName(origin)} ${file ?? interceptor ?? ''}`
}

function useOf({ origin, options, found }: Wanted): Use | undefined {
  return 'module' in found ? { name: ownName(origin), options: { ...options, module: found.module } } : undefined
}

function unfound(origin: Origin, found: Extract<Found, { problem: string }>): Problem {
  const { key, problem, suggestion } = found
  const code = TRUSTED.has(origin.provider) ? 'GTW_UNREADABLE' : 'GTW_INSECURE'
  const path = ['http', 'middlewares', origin.name, 'custom', key]
  return problemAt(origin, path, { code, problem, ...(suggestion === undefined ? {} : { suggestion }) })
}

function problemsOf({ origin, found }: Wanted, verdict: Verdict | undefined): Problem[] {
  const path = ['http', 'middlewares', origin.name, 'custom']
  if (verdict?.type === 'issues') {
    const issues = toFindings(verdict.issues, (place, at) => sourceOf(origin, place, at), [...path, 'options'])
    return issues.map((finding) => ({ finding }))
  }
  const message = verdict?.type === 'failed' ? verdict.message : 'it was not tried'
  const problem = problemAt(origin, path, { code: 'GTW_BAD_MIDDLEWARE', problem: `does not work: ${message}` })
  const source =
    verdict?.type === 'failed' && found.file !== undefined && verdict.place
      ? { kind: 'file' as const, file: found.file, ...verdict.place }
      : undefined
  return [source === undefined ? problem : { finding: { ...problem.finding, source: source satisfies Source } }]
}

function withSettled(word: Word, settled: ReadonlyMap<Middleware, Settled>): Word {
  const { http } = word.configuration
  const found = Object.values(http.middlewares).flatMap((middleware) => settled.get(middleware) ?? [])
  if (found.length === 0) return word
  const middlewares = Object.fromEntries(
    Object.entries(http.middlewares).map(([name, middleware]) => [name, settled.get(middleware)?.middleware ?? middleware]),
  )
  return {
    ...word,
    configuration: { ...word.configuration, http: { ...http, middlewares } },
    problems: [...word.problems, ...found.flatMap(({ problems }) => problems)],
  }
}
