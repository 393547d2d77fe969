import { expect, test } from 'vitest'
import {
  forgetHolds,
  holdOf,
  keyOf,
  type Ledger,
  limitsFor,
  NEW_LEDGER,
  noteFailure,
  noteOrder,
  noteSuccess,
  readLedgers,
} from './ledger.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
const NOW = 1_800_000_000_000
const LIMITS = limitsFor(90 * DAY)
const KEY = keyOf(['b.test', 'a.test'])

const failure = { reason: 'no', scope: 'names', retryAfterMs: undefined, now: NOW, random: 0.5 } as const

const orders = (count: number, key: (index: number) => string, gap: number): Ledger =>
  Array.from({ length: count }).reduce<Ledger>(
    (ledger, _, index) => noteOrder(ledger, key(index), NOW - (count - 1 - index) * gap),
    NEW_LEDGER,
  )

test('the order of names does not matter', () => {
  expect(KEY).toBe(keyOf(['a.test', 'b.test']))
})

test('what failed waits longer each time, at the most a day', () => {
  let ledger = NEW_LEDGER
  const waits = Array.from({ length: 9 }, () => {
    ledger = noteFailure(ledger, KEY, failure)
    return Math.round(((holdOf(ledger, KEY, LIMITS, NOW)?.until ?? 0) - NOW) / MINUTE)
  })
  expect(waits).toEqual([2, 6, 18, 54, 162, 486, 1440, 1440, 1440])
})

test('failed names hold up no others, a failed authority holds up all', () => {
  expect(holdOf(noteFailure(NEW_LEDGER, KEY, failure), 'c.test', LIMITS, NOW)).toBeUndefined()
  expect(holdOf(noteFailure(NEW_LEDGER, KEY, { ...failure, scope: 'authority' }), 'c.test', LIMITS, NOW)?.reason).toBe('no')
})

const asked: readonly (readonly [title: string, retryAfterMs: number, days: number])[] = [
  ['is respected', 3 * DAY, 3],
  ['is taken for a mistake beyond a week', 400 * DAY, 7],
]
for (const [title, retryAfterMs, days] of asked) {
  test(`the time that an authority asks for ${title}`, () => {
    for (const scope of ['names', 'authority'] as const) {
      const ledger = noteFailure(NEW_LEDGER, KEY, { ...failure, scope, retryAfterMs })
      expect(holdOf(ledger, KEY, LIMITS, NOW)?.until).toBe(NOW + days * DAY)
      expect(holdOf(forgetHolds(ledger), KEY, LIMITS, NOW)?.until).toBe(NOW + days * DAY)
    }
  })
}

test('a success ends the waiting, and the orders of the week stay on record', () => {
  const ledger = noteSuccess(
    noteFailure(
      orders(5, () => KEY, MINUTE),
      'c.test',
      { ...failure, scope: 'authority' },
    ),
    KEY,
  )
  expect(holdOf(ledger, 'c.test', LIMITS, NOW)).toBeUndefined()
  expect(holdOf(ledger, KEY, LIMITS, NOW)?.until).toBe(NOW - 4 * MINUTE + 7 * DAY)
})

test('the wish of the user ends the waiting, but allows no more orders', () => {
  expect(holdOf(forgetHolds(noteFailure(NEW_LEDGER, KEY, failure)), KEY, LIMITS, NOW)).toBeUndefined()
  expect(holdOf(forgetHolds(orders(5, () => KEY, MINUTE)), KEY, LIMITS, NOW)).toBeDefined()
})

const windows: readonly (readonly [title: string, ledger: Ledger, until: number | undefined])[] = [
  ['four orders for one set', orders(4, () => KEY, MINUTE), undefined],
  ['five orders for one set', orders(5, () => KEY, DAY), NOW + 3 * DAY],
  ['49 orders at once', orders(49, (index) => `${index}.test`, 1), undefined],
  ['50 orders at once', orders(50, (index) => `${index}.test`, 1000), NOW - 49_000 + 10 * MINUTE],
  ['1000 orders in a week', orders(1000, (index) => `${index}.test`, 9 * MINUTE), NOW - 999 * 9 * MINUTE + 7 * DAY],
]
for (const [title, ledger, until] of windows) {
  test(`${title}: ${until === undefined ? 'go on' : 'wait'}`, () => {
    expect(holdOf(ledger, KEY, LIMITS, NOW)?.until).toBe(until)
  })
}

test('certificates that live for an hour may be ordered as often as that needs', () => {
  expect(
    holdOf(
      orders(300, () => KEY, 30 * MINUTE),
      KEY,
      limitsFor(60 * MINUTE),
      NOW,
    ),
  ).toBeUndefined()
})

test('orders and holds from a clock that was ahead lock nothing', () => {
  const ahead = NOW + 365 * DAY
  const ledger = noteFailure(noteOrder(NEW_LEDGER, KEY, ahead), KEY, { ...failure, now: ahead })
  expect(holdOf(ledger, KEY, limitsFor(90 * DAY), NOW)).toBeUndefined()
})

test('what was written is read again, and what nobody can read counts for nothing', () => {
  const ledger = noteFailure(noteFailure(noteOrder(NEW_LEDGER, KEY, NOW), KEY, { ...failure, retryAfterMs: DAY }), KEY, {
    ...failure,
    scope: 'authority',
  })
  const all = { le: { ...ledger, wanted: [{ names: ['a.test'], routers: ['a@file'] }] } }
  expect(Object.fromEntries(readLedgers(JSON.stringify(all)))).toEqual(all)
  for (const text of ['', '{', '[]', '{"le": 1}']) expect(readLedgers(text).size).toBe(0)
  expect(
    readLedgers('{"le": {"sets": {"a": {"orders": "x", "failures": -1, "hold": {"until": "never"}}}, "wanted": {}}}').get('le'),
  ).toEqual({
    ...NEW_LEDGER,
    sets: { a: { orders: [], failures: 0 } },
  })
})
