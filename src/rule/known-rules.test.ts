import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, test, vi } from 'vitest'
import { compileKnownRule } from './known-rules.ts'

test('a rule is compiled once as long as something uses it, for each syntax', () => {
  const rule = compileKnownRule('Path(`/used`)', 'v3')
  expect(compileKnownRule('Path(`/used`)', 'v3')).toBe(rule)
  expect(compileKnownRule('Path(`/used`)', 'v2')).not.toBe(rule)
})

test('what is not valid is refused each time', () => {
  for (const _ of [1, 2]) expect(() => compileKnownRule('Path(', 'v3')).toThrow('unexpected end of the rule')
})

test('rules that nothing uses any more are forgotten, whatever is still used', { timeout: 30_000 }, async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const used = compileKnownRule('Path(`/kept`)', 'v3')
  const unused = Array.from({ length: 1000 }, (_, index) => new WeakRef(compileKnownRule(`Host(\`${index}.test\`)`, 'v3')))
  const isForgotten = (): boolean => {
    collect()
    return unused.every((rule) => rule.deref() === undefined)
  }
  await vi.waitUntil(isForgotten, { timeout: 20_000 })
  expect(compileKnownRule('Path(`/kept`)', 'v3')).toBe(used)
})
