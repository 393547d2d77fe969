import { expect, test } from 'vitest'
import { boolean, check, deprecated, object } from './index.ts'

test('an old option counts, and is a warning where it is given', () => {
  const old = object('x', {
    on: deprecated(boolean('On.', { default: true }), 'has no effect'),
    a: deprecated(object('a', {}), 'is called `b` now'),
  })
  expect(check(old, { on: false, a: {} })).toMatchObject({
    value: { on: false, a: {} },
    issues: [
      {
        code: 'GTW_DEPRECATED',
        severity: 'warning',
        path: ['on'],
        at: 'key',
        message: 'old option "on" (it has no effect) at the top level',
      },
      { code: 'GTW_DEPRECATED', path: ['a'] },
    ],
  })
  expect(check(old, {})).toEqual({ value: { on: true }, issues: [] })
})
