import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { apiOf } from '../../test/harness/asked-api.ts'

const text = readFileSync(new URL('api.md', import.meta.url), 'utf8')
const paths = [...text.matchAll(/^\| `(\/api\/[^`]*)` \|/gm)].map(([, path = '']) => path)

test('every path of the guide is answered', async () => {
  const { ask } = apiOf({})
  expect(paths.length).toBeGreaterThan(10)
  for (const path of paths) expect((await ask(path)).status, path).toBe(200)
})
