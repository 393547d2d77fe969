import { describe, expect, test } from 'vitest'
import type { ProviderDefinition, ProviderMessage } from '../../src/provider/definition.ts'

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
  dispose(): PromiseLike<void>
}

type Rules = Readonly<Record<string, string>>

const BURST = 200

/** What every provider keeps to, whatever its source. */
export function providerConformance<Options>(name: string, setup: () => Promise<ProviderSubject<Options>>): void {
  const subjectTest = (title: string, body: (subject: ProviderSubject<Options>) => Promise<void>): void =>
    test(title, async () => {
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
      expect(rulesOf(message)).toEqual({ shop: 'Host(`shop`)' })
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

    subjectTest(`of ${BURST} changes in a row the last one wins`, async (subject) => {
      await subject.write(treeOf({ shop: 'Host(`first`)' }))
      await using run = new ProviderRun(subject)
      await run.until(says({ shop: 'Host(`first`)' }))
      for (let change = 1; change <= BURST; change++) await subject.write(treeOf({ shop: `Host(\`host-${change}\`)` }))
      await run.until(says({ shop: `Host(\`host-${BURST}\`)` }))
      expect(run.messages.length).toBeLessThanOrEqual(BURST + 1)
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
    })
    // A failure is seen by the one who awaits `ended` or `until`.
    this.ended.catch(ignore)
  }

  /** The newest message, as soon as one satisfies the condition. */
  async until(condition: (message: ProviderMessage) => boolean): Promise<ProviderMessage> {
    const { promise, resolve } = Promise.withResolvers<ProviderMessage>()
    const look = (): void => {
      const newest = this.messages.at(-1)
      if (newest && condition(newest)) resolve(newest)
    }
    this.#listeners.add(look)
    look()
    const ended = this.ended.then(() => Promise.reject(new Error('the provider ended before it said what was awaited')))
    return await Promise.race([promise, ended]).finally(() => this.#listeners.delete(look))
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
    for (const listener of this.#listeners) listener()
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
