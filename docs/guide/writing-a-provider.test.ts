import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const guide = readFileSync(new URL('docs/guide/writing-a-provider.md', root), 'utf8')
const blocks = [...guide.matchAll(/<!-- (examples\/\S+) -->\n```\w+\n(.*?)```/gs)]

// The example has its own test, which runs it.
test('the guide shows the example as it runs, in at most 30 lines', () => {
  expect(blocks.map(([, file]) => file)).toEqual(
    ['static.js', 'package.json', 'hook.js'].map((name) => `examples/plugin-provider-static/${name}`),
  )
  for (const [, file = '', shown = ''] of blocks) {
    expect(shown, file).toBe(readFileSync(new URL(file, root), 'utf8'))
    expect(shown.trim().split('\n').length, file).toBeLessThanOrEqual(30)
  }
})
