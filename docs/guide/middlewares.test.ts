import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const root = new URL('../../', import.meta.url)
const guide = readFileSync(new URL('docs/guide/middlewares.md', root), 'utf8')
const blocks = [...guide.matchAll(/<!-- (examples\/\S+) -->\n```\w+\n(.*?)```/gs)]

test('the guide shows its examples as they run', () => {
  expect(blocks.length).toBe(4)
  for (const [, file = '', shown] of blocks) expect(shown, file).toBe(readFileSync(new URL(file, root), 'utf8'))
})
