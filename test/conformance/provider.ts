import { describe, expect } from 'vitest'
import type { ProviderDefinition, ProviderMessage, ProviderState } from '../../src/provider/definition.ts'
import { needs } from '../harness/services.ts'

/** A provider and its source, made anew for each test. */
export interface ProviderSubject<Options> {
  readonly definition: ProviderDefinition<Options>
  readonly options: Options
  /** Makes the source say this tree, all values of which are strings, and nothing else. */
  write(tree: object): Promise<void>
  /** Puts something broken beside what was written. */
  corrupt(): Promise<void>
  /** Takes back all that was written. */
  remove(): Promise<void>
  /** Makes the source unreachable, as a service that was killed; what was written stays in it. */
  lose(): Promise<void>
  /** Brings the source back. It may take a moment until it answers. */
  restore(): Promise<void>
  dispose(): PromiseLike<void>
}

type Rules = Readonly<Record<string, string>>

export interface ConformanceOptions {
  /** Fewer, for a source that cannot change a thousand times in a few seconds. */
  readonly burst?: number
  /** Without these commands the tests are skipped. */
  readonly commands?: readonly string[]
  /** The source is one document: where it is broken from the start, nothing in it is good. */
  readonly oneDocument?: boolean
}

/** What every provider keeps to, whatever its source. */
export function providerConformance<Options>(
  name: string,
  setup: () => Promise<ProviderSubject<Options>>,
  { burst = 1_000, commands = [], oneDocument = false }: ConformanceOptions = {},
): void {
  const subjectTest = (title: string, body: (subject: ProviderSubject<Options>) => Promise<void>): void =>
    needs(commands, title, async () => {
      const subject = await setup()
      try {
        await body(subject)
      } finally {
        await subject.dispose()
      }
    })

  describe(`${name} keeps to what every provider promises:`, () => {
    subjectTest('its first message holds all that the source says', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`shop`)', blog: 'Host(`blog`)' }))
      await using run = new ProviderRun(subject)
      await run.until(says({ shop: 'Host(`shop`)', blog: 'Host(`blog`)' }))
      expect(run.messages).toHaveLength(1)
    })

    subjectTest('a message replaces the one before', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`old`)', blog: 'Host(`blog`)' }))
      await using run = new ProviderRun(subject)
      await run.until(says({ shop: 'Host(`old`)', blog: 'Host(`blog`)' }))
      await subject.write(treeOf({ shop: 'Host(`new`)' }))
      await run.until(says({ shop: 'Host(`new`)' }))
    })

    subjectTest('what the source takes back is gone', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`shop`)' }))
      await using run = new ProviderRun(subject)
      await run.until(says({ shop: 'Host(`shop`)' }))
      await subject.remove()
      await run.until(says({}))
    })

    subjectTest('the same thing is not said twice', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`one`)' }))
      await using run = new ProviderRun(subject)
      await run.until(says({ shop: 'Host(`one`)' }))
      await subject.write(treeOf({ shop: 'Host(`one`)' }))
      run.reload()
      await subject.write(treeOf({ shop: 'Host(`two`)' }))
      await run.until(says({ shop: 'Host(`two`)' }))
      for (const [index, message] of run.messages.entries()) {
        expect(content(message)).not.toEqual(content(run.messages[index - 1]))
      }
    })

    subjectTest('broken data that joins later is a finding and leaves the good in force', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`shop`)' }))
      await using run = new ProviderRun(subject)
      await run.until(says({ shop: 'Host(`shop`)' }))
      await subject.corrupt()
      const message = await run.until(hasError)
      expect(rulesOf(message)).toEqual({ shop: 'Host(`shop`)' })
      await subject.write(treeOf({ shop: 'Host(`still followed`)' }))
      await run.until(says({ shop: 'Host(`still followed`)' }))
    })

    subjectTest('data broken from the start does not keep the good out', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`shop`)' }))
      await subject.corrupt()
      await using run = new ProviderRun(subject)
      const message = await run.until(hasError)
      expect(rulesOf(message)).toEqual(oneDocument ? {} : { shop: 'Host(`shop`)' })
    })

    subjectTest('every value has a place', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`shop`)' }))
      await using run = new ProviderRun(subject)
      const message = await run.until(says({ shop: 'Host(`shop`)' }))
      expect(message.locate?.(['http', 'routers', 'shop', 'rule'])).toBeDefined()
    })

    subjectTest('it ends when it is aborted, and says nothing more', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`before`)' }))
      await using first = new ProviderRun(subject)
      await first.until(says({ shop: 'Host(`before`)' }))
      await first.stop()
      await subject.write(treeOf({ shop: 'Host(`after`)' }))
      first.reload()
      await using second = new ProviderRun(subject)
      await second.until(says({ shop: 'Host(`after`)' }))
      expect(first.messages).toHaveLength(1)
    })

    subjectTest('it ends at once when it was aborted before it began', async (subject) => {
      await using run = new ProviderRun(subject, AbortSignal.abort())
      await run.ended
      expect(run.messages).toEqual([])
    })

    subjectTest('it follows its source again after a restart', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`one`)' }))
      await using first = new ProviderRun(subject)
      await first.until(says({ shop: 'Host(`one`)' }))
      await first.stop()
      await using second = new ProviderRun(subject)
      await second.until(says({ shop: 'Host(`one`)' }))
      await subject.write(treeOf({ shop: 'Host(`two`)' }))
      await second.until(says({ shop: 'Host(`two`)' }))
    })

    subjectTest(`of ${burst} changes in a row the last one wins`, async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`first`)' }))
      await using run = new ProviderRun(subject)
      await run.until(says({ shop: 'Host(`first`)' }))
      for (let change = 1; change <= burst; change++) await subject.write(treeOf({ shop: `Host(\`host-${change}\`)` }))
      await run.until(says({ shop: `Host(\`host-${burst}\`)` }))
      // Nobody could follow a message for each change.
      expect(run.messages.length).toBeLessThan(burst / 4)
    })

    subjectTest('a source that is away at the start is awaited', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`shop`)' }))
      await subject.lose()
      await using run = new ProviderRun(subject)
      await run.untilLost()
      // Nothing is said that could be taken for an empty source.
      for (const message of run.messages) expect(hasError(message)).toBe(true)
      await subject.restore()
      await run.until(says({ shop: 'Host(`shop`)' }))
    })

    subjectTest('a source that is lost takes nothing along, and is followed again when it is back', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`shop`)', blog: 'Host(`blog`)' }))
      await using run = new ProviderRun(subject)
      await run.until(says({ shop: 'Host(`shop`)', blog: 'Host(`blog`)' }))
      await subject.lose()
      await run.untilLost()
      await subject.restore()
      await subject.write(treeOf({ shop: 'Host(`back`)' }))
      await run.until(says({ shop: 'Host(`back`)' }))
      for (const message of run.messages) expect(rulesOf(message)).toHaveProperty('shop')
      await subject.write(treeOf({ shop: 'Host(`followed`)' }))
      await run.until(says({ shop: 'Host(`followed`)' }))
    })

    subjectTest('it ends while its source is away', async (subject) => {
      await subject.lose()
      await using run = new ProviderRun(subject)
      await run.untilLost()
      await run.stop()
    })

    subjectTest('one reading without watching says the same', async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`shop`)' }))
      const message = await subject.definition.load?.(subject.options)
      if (message) expect(rulesOf(message)).toEqual({ shop: 'Host(`shop`)' })
    })
  })
}

/** A running provider whose messages can be awaited; it is stopped when the scope ends. */
export class ProviderRun<Options> implements AsyncDisposable {
  readonly messages: ProviderMessage[] = []
  readonly warnings: string[] = []
  /** All that it said of how it stands with its source, newest last. */
  readonly states: { readonly state: ProviderState; readonly detail: string | undefined }[] = []
  /** Settles when the provider ends. */
  readonly ended: Promise<void>
  readonly #abort = new AbortController()
  readonly #listeners = new Set<() => void>()
  readonly #reloaders: (() => void)[] = []

  constructor({ definition, options }: Pick<ProviderSubject<Options>, 'definition' | 'options'>, signal?: AbortSignal) {
    const ignore = (): void => {}
    const warn = (message: string): void => void this.warnings.push(message)
    this.ended = definition.provide({
      options,
      emit: (message) => this.#hear(message),
      signal: signal ?? this.#abort.signal,
      log: { debug: ignore, info: ignore, warn, error: warn },
      onReload: (listener) => this.#reloaders.push(listener),
      status: (state, detail) => {
        this.states.push({ state, detail })
        this.#tell()
      },
    })
    // A failure is seen by the one who awaits `ended` or `until`.
    this.ended.catch(ignore)
  }

  /** The newest message, as soon as one satisfies the condition. */
  async until(condition: (message: ProviderMessage) => boolean): Promise<ProviderMessage> {
    return await this.#found(() => {
      const newest = this.messages.at(-1)
      return newest && condition(newest) ? newest : undefined
    })
  }

  /** Resolves as soon as it has noticed, and said in some way, that its source is away. */
  async untilLost(): Promise<void> {
    await this.#found(() => {
      const newest = this.messages.at(-1)
      return this.states.at(-1)?.state === 'failed' || (newest && hasError(newest)) || undefined
    })
  }

  /** Resolves as soon as its newest word of its source is this state. */
  async untilState(state: ProviderState): Promise<void> {
    await this.#found(() => this.states.at(-1)?.state === state || undefined)
  }

  /** Asks for a fresh reading, as SIGHUP does. */
  reload(): void {
    for (const listener of this.#reloaders) listener()
  }

  async stop(): Promise<void> {
    this.#abort.abort()
    await this.ended
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort()
    await this.ended.catch(() => {})
  }

  #hear(message: ProviderMessage): void {
    this.messages.push(message)
    this.#tell()
  }

  #tell(): void {
    for (const listener of this.#listeners) listener()
  }

  /** What a look at what was said finds, as soon as it finds something. */
  async #found<Found>(find: () => Found | undefined): Promise<Found> {
    const { promise, resolve } = Promise.withResolvers<Found>()
    const look = (): void => {
      const found = find()
      if (found !== undefined) resolve(found)
    }
    this.#listeners.add(look)
    look()
    const ended = this.ended.then(() => Promise.reject(new Error('the provider ended before it said what was awaited')))
    return await Promise.race([promise, ended]).finally(() => this.#listeners.delete(look))
  }
}

/** A configuration with one router and one service of each name. */
export function treeOf(rules: Rules): object {
  const entries = Object.entries(rules)
  const server = (name: string) => ({ loadBalancer: { servers: [{ url: `http://${name}.internal:80` }] } })
  return {
    http: {
      routers: Object.fromEntries(entries.map(([name, rule]) => [name, { rule, service: name }])),
      services: Object.fromEntries(entries.map(([name]) => [name, server(name)])),
    },
  }
}

/** The rule of every router in a message. */
export function rulesOf(message: ProviderMessage): Rules {
  const { http } = message.configuration as { http?: { routers?: Record<string, { rule: string }> } }
  return Object.fromEntries(Object.entries(http?.routers ?? {}).map(([name, { rule }]) => [name, rule]))
}

/** A condition: the message holds exactly these routers. */
export function says(rules: Rules): (message: ProviderMessage) => boolean {
  const wanted = JSON.stringify(Object.entries(rules).sort())
  return (message) => JSON.stringify(Object.entries(rulesOf(message)).sort()) === wanted
}

/** A condition: the message reports an error. */
export function hasError(message: ProviderMessage): boolean {
  return message.findings?.some(({ severity }) => severity === 'error') ?? false
}

function content(message: ProviderMessage | undefined): unknown {
  return message && { configuration: message.configuration, findings: message.findings }
}
