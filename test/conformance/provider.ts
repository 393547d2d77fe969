import type { NetConnectOpts } from 'node:net'
import { describe, expect } from 'vitest'
import {
  type CaseOptions,
  ProviderRun,
  type ProviderSubject,
  providerCases,
  rulesOf,
  says,
  treeOf,
} from '../../src/provider/conformance/index.ts'
import { startRelay } from '../harness/relay.ts'
import { needs } from '../harness/services.ts'
import { expectNoMoreThan, holdings, impatience } from './remains.ts'

/** A provider and its source, made anew for each test. */
interface ConnectedSubject<Options> extends ProviderSubject<Options> {
  /** How the source is reached over a connection; without one, `lose` and `restore` are all that can happen to it. */
  readonly connection?: Connection<Options>
}

/** Where a source is, and the options that reach it at another address, `host:port`, instead. */
interface Connection<Options> {
  readonly target: NetConnectOpts
  options(address: string): Options
}

interface ConformanceOptions extends CaseOptions {
  /** Without these commands the tests are skipped. */
  readonly commands?: readonly string[]
  /** How long each test may take, where a source is slow to change, to go or to come. */
  readonly timeoutMs?: number
}

/** What every provider keeps to, whatever its source. */
export function providerConformance<Options>(
  name: string,
  setup: () => Promise<ConnectedSubject<Options>>,
  { commands = [], timeoutMs = 60_000, ...options }: ConformanceOptions = {},
): void {
  describe(`${name} keeps to what every provider promises:`, () => {
    for (const { title, run } of providerCases(setup, options)) needs(commands, title, run, timeoutMs)

    needs(
      commands,
      '1,000 losses of its source leave neither open files nor memory behind',
      async () => {
        const subject = await setup()
        try {
          await loseAThousandTimes(subject)
        } finally {
          await subject.dispose()
        }
      },
      timeoutMs,
    )
  })
}

async function loseAThousandTimes<Options>(subject: ConnectedSubject<Options>): Promise<void> {
  await subject.write(treeOf({ shop: 'Host(`shop`)' }))
  using _impatience = impatience()
  await using losses = await lossesOf(subject)
  await using run = new ProviderRun({ definition: subject.definition, options: losses.options })
  await run.until(says({ shop: 'Host(`shop`)' }))
  for (let count = 0; count < 200; ) count += await losses.suffer(run)
  run.forget()
  const before = holdings()
  for (let count = 0; count < 1_000; ) count += await losses.suffer(run)
  for (const message of run.messages) expect(rulesOf(message)).toHaveProperty('shop')
  run.forget()
  await expectNoMoreThan(before)
}

/** What can befall the source of a subject over and over. */
interface Losses<Options> extends AsyncDisposable {
  readonly options: Options
  /** Loses the source a number of times, until the provider has found it again; answers how often that was. */
  suffer(run: ProviderRun<Options>): Promise<number>
}

const LOSSES_AT_A_TIME = 20

async function lossesOf<Options>({ options, connection, lose, restore }: ConnectedSubject<Options>): Promise<Losses<Options>> {
  if (connection === undefined) {
    const suffer = async (run: ProviderRun<Options>): Promise<number> => {
      await lose()
      run.reload()
      await run.untilLost()
      await restore()
      run.reload()
      await run.untilBack()
      return 1
    }
    return { options, suffer, async [Symbol.asyncDispose]() {} }
  }
  const relay = await startRelay(connection.target)
  const suffer = async (run: ProviderRun<Options>): Promise<number> => {
    run.forget()
    relay.close()
    await run.untilFailures(LOSSES_AT_A_TIME)
    relay.open()
    await run.untilBack()
    return LOSSES_AT_A_TIME
  }
  return { options: connection.options(relay.address), suffer, [Symbol.asyncDispose]: () => relay[Symbol.asyncDispose]() }
}
