import { expect, test } from 'vitest'
import { goJson, int64, sorted } from './go-json.ts'

const cases: readonly (readonly [why: string, value: unknown, text: string])[] = [
  ['markup cannot be told from a page', '<a href="x">&', '"\\u003ca href=\\"x\\"\\u003e\\u0026"'],
  ['line separators would end a line of a script', 'a\u2028b\u2029', '"a\\u2028b\\u2029"'],
  ['int64 keeps all of its digits', { priority: int64(9223372036854775806n) }, '{"priority":9223372036854775806}'],
  ['what is not there is left out', { a: undefined, b: 1 }, '{"b":1}'],
  ['maps are in order', sorted([['b', 1] as const, ['a', 2] as const]), '{"a":2,"b":1}'],
  ['other letters stand as they are', { ü: 'ß' }, '{"ü":"ß"}'],
]
for (const [why, value, text] of cases) {
  test(why, () => {
    expect(goJson(value)).toBe(`${text}\n`)
  })
}
