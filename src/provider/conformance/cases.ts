import assert from 'node:assert/strict'
import type { ProviderMessage } from '../definition.ts'
import { ProviderRun, type RunnableProvider } from './provider-run.ts'
import { hasError, rulesOf, says, treeOf } from './rules.ts'

/** A provider and its source, made anew for each case. */
export interface ProviderSubject<Options> extends RunnableProvider<Options> {
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

export interface CaseOptions {
  /** Changes in a row: fewer than 1,000 for a source that cannot change so often in a few seconds. */
  readonly burst?: number
  /** The source is one document: where it is broken from the start, nothing in it is good. */
  readonly oneDocument?: boolean
}

/** One promise that every provider keeps; `run` rejects with what was seen instead. */
export interface ProviderCase {
  readonly title: string
  readonly run: () => Promise<void>
}

type Check = <Options>(subject: ProviderSubject<Options>, options: Required<CaseOptions>) => Promise<void>

/**
 * What every provider promises, whatever its source, as cases for any test runner:
 * `for (const { title, run } of providerCases(setup)) test(title, run)`.
 */
export function providerCases<Options>(
  setup: () => Promise<ProviderSubject<Options>>,
  { burst = 1_000, oneDocument = false }: CaseOptions = {},
): readonly ProviderCase[] {
  return Object.entries({ ...SAYING, ...BROKEN, ...LIVING, ...AWAY }).map(([title, check]) => ({
    title,
    async run() {
      const subject = await setup()
      try {
        await check(subject, { burst, oneDocument })
      } finally {
        await subject.dispose()
      }
    },
  }))
}

/** How what the source says gets out. */
const SAYING: Readonly<Record<string, Check>> = {
  async 'its first message holds all that the source says'(subject) {
    const rules = { shop: 'Host(`shop`)', blog: 'Host(`blog`)' }
    await using run = await startedWith(subject, rules)
    assert.equal(run.messages.length, 1, 'there was more than one message')
  },

  async 'a message replaces the one before'(subject) {
    await using run = await startedWith(subject, { shop: 'Host(`old`)', blog: 'Host(`blog`)' })
    await subject.write(treeOf({ shop: 'Host(`new`)' }))
    await run.until(says({ shop: 'Host(`new`)' }))
  },

  async 'what the source takes back is gone'(subject) {
    await using run = await startedWith(subject, { shop: 'Host(`shop`)' })
    await subject.remove()
    await run.until(says({}))
  },

  async 'the same thing is not said twice'(subject) {
    await using run = await startedWith(subject, { shop: 'Host(`one`)' })
    await subject.write(treeOf({ shop: 'Host(`one`)' }))
    run.reload()
    await subject.write(treeOf({ shop: 'Host(`two`)' }))
    await run.until(says({ shop: 'Host(`two`)' }))
    for (const [index, message] of run.messages.entries()) {
      assert.notDeepEqual(content(message), content(run.messages[index - 1]), 'two messages in a row say the same')
    }
  },

  async 'every value has a place'(subject) {
    await using run = await startedWith(subject, { shop: 'Host(`shop`)' })
    const place = run.messages.at(-1)?.locate?.(['http', 'routers', 'shop', 'rule'])
    assert.notEqual(place, undefined, '`locate` does not know where http.routers.shop.rule came from')
  },

  async 'of many changes in a row the last one wins'(subject, { burst }) {
    await using run = await startedWith(subject, { shop: 'Host(`first`)' })
    for (let change = 1; change <= burst; change++) await subject.write(treeOf({ shop: `Host(\`host-${change}\`)` }))
    await run.until(says({ shop: `Host(\`host-${burst}\`)` }))
    // Nobody could follow a message for each change.
    assert.ok(run.messages.length < burst / 4, `there were ${run.messages.length} messages of ${burst} changes`)
  },

  async 'one reading without watching says the same'(subject) {
    await subject.write(treeOf({ shop: 'Host(`shop`)' }))
    const message = await subject.definition.load?.(subject.options)
    if (message) assert.deepEqual(rulesOf(message), { shop: 'Host(`shop`)' })
  },
}

/** What is broken in the source, and what is beside it. */
const BROKEN: Readonly<Record<string, Check>> = {
  async 'broken data that joins later is a finding and leaves the good in force'(subject) {
    await using run = await startedWith(subject, { shop: 'Host(`shop`)' })
    await subject.corrupt()
    const message = await run.until(hasError)
    assert.deepEqual(rulesOf(message), { shop: 'Host(`shop`)' })
    await subject.write(treeOf({ shop: 'Host(`still-followed`)' }))
    await run.until(says({ shop: 'Host(`still-followed`)' }))
  },

  async 'data broken from the start does not keep the good out'(subject, { oneDocument }) {
    await subject.write(treeOf({ shop: 'Host(`shop`)' }))
    await subject.corrupt()
    await using run = new ProviderRun(subject)
    const message = await run.until(hasError)
    assert.deepEqual(rulesOf(message), oneDocument ? {} : { shop: 'Host(`shop`)' })
  },
}

/** How it ends and begins anew. */
const LIVING: Readonly<Record<string, Check>> = {
  async 'it ends when it is aborted, and says nothing more'(subject) {
    await using first = await startedWith(subject, { shop: 'Host(`before`)' })
    await first.stop()
    await subject.write(treeOf({ shop: 'Host(`after`)' }))
    first.reload()
    await using second = new ProviderRun(subject)
    await second.until(says({ shop: 'Host(`after`)' }))
    assert.equal(first.messages.length, 1, 'something was said after the end')
  },

  async 'it ends at once when it was aborted before it began'(subject) {
    await using run = new ProviderRun(subject, AbortSignal.abort())
    await run.ended
    assert.deepEqual(run.messages, [])
  },

  async 'it follows its source again after a restart'(subject) {
    await using first = await startedWith(subject, { shop: 'Host(`one`)' })
    await first.stop()
    await using second = new ProviderRun(subject)
    await second.until(says({ shop: 'Host(`one`)' }))
    await subject.write(treeOf({ shop: 'Host(`two`)' }))
    await second.until(says({ shop: 'Host(`two`)' }))
  },
}

/** A source that cannot be reached. */
const AWAY: Readonly<Record<string, Check>> = {
  async 'a source that is away at the start is awaited'(subject) {
    await subject.write(treeOf({ shop: 'Host(`shop`)' }))
    await subject.lose()
    await using run = new ProviderRun(subject)
    await run.untilLost()
    assert.ok(run.messages.every(hasError), 'something was said that could be taken for an empty source')
    await subject.restore()
    await run.until(says({ shop: 'Host(`shop`)' }))
  },

  async 'a source that is lost takes nothing along, and is followed again when it is back'(subject) {
    await using run = await startedWith(subject, { shop: 'Host(`shop`)', blog: 'Host(`blog`)' })
    await subject.lose()
    await run.untilLost()
    await subject.restore()
    await subject.write(treeOf({ shop: 'Host(`back`)' }))
    await run.until(says({ shop: 'Host(`back`)' }))
    assert.ok(
      run.messages.every((message) => 'shop' in rulesOf(message)),
      'a router was gone while the source was away',
    )
    await subject.write(treeOf({ shop: 'Host(`followed`)' }))
    await run.until(says({ shop: 'Host(`followed`)' }))
  },

  async 'it ends while its source is away'(subject) {
    await subject.lose()
    await using run = new ProviderRun(subject)
    await run.untilLost()
    await run.stop()
  },
}

/** A provider that has said what its source was made to say. */
async function startedWith<Options>(
  subject: ProviderSubject<Options>,
  rules: Readonly<Record<string, string>>,
): Promise<ProviderRun<Options>> {
  await subject.write(treeOf(rules))
  const run = new ProviderRun(subject)
  try {
    await run.until(says(rules))
  } catch (error) {
    await run[Symbol.asyncDispose]()
    throw error
  }
  return run
}

function content(message: ProviderMessage | undefined): unknown {
  return message && { configuration: message.configuration, findings: message.findings }
}
