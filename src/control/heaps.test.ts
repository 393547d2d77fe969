import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const HEAPS = new URL('./heaps.ts', import.meta.url).href

/** In a process of its own, which starts as the gateway does: the flags are those of all its threads. */
const TRIAL = `
import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8'
const nursery = () => getHeapSpaceStatistics().find((space) => space.space_name === 'new_space').space_size / 1024 / 1024
setFlagsFromString('--semi-space-growth-factor=1')
const { settleHeaps } = await import(${JSON.stringify(HEAPS)})
const sizes = [nursery()]
for (const _ of [1, 2]) {
  settleHeaps(8)
  sizes.push(nursery())
  const living = []
  for (let index = 0; index < 500_000; index++) living.push({ index })
  sizes.push(nursery())
}
console.log(JSON.stringify(sizes))
`

test('the nursery grows to its size, once, whatever comes then', () => {
  const [start, ...sizes] = JSON.parse(execFileSync(process.execPath, ['--input-type=module', '--eval', TRIAL], { encoding: 'utf8' }))
  expect(start).toBeLessThan(8)
  expect(Math.min(...sizes)).toBeGreaterThanOrEqual(8)
  // A page of what survives may stand beside it for a moment; the default would be at 32 by now.
  expect(Math.max(...sizes)).toBeLessThan(12)
})
