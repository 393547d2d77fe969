import { expect, test } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { recordedLog } from '../../test/harness/recorded-log.ts'
import { defineProvider, type ProviderContext } from '../provider/definition.ts'
import { object } from '../schema/index.ts'
import { ProviderGroup } from './provider-group.ts'

const enabled = (name: string, provide: (context: ProviderContext<unknown>) => Promise<void>) => ({
  definition: defineProvider({ name, options: object('x', {}), provide }),
  options: {},
})

test('it tells of every provider how it stands with its source', async () => {
  const group = new ProviderGroup({
    enabled: [
      enabled('good', async ({ emit }) => emit({ configuration: {} })),
      enabled('slow', async ({ status }) => status('connecting', 'waiting for the engine')),
      enabled('bad', () => Promise.reject(new Error('no socket'))),
    ],
    gapMs: 0,
    hear: () => {},
    timers: new FakeTimers(),
    log: recordedLog().log,
  })
  await group.firstWords
  expect(Object.fromEntries(group.statuses)).toEqual({
    good: { state: 'ready', since: 0 },
    slow: { state: 'connecting', since: 0, detail: 'waiting for the engine' },
    bad: { state: 'failed', since: 0, detail: 'no socket' },
  })
  await group.stop()
})
