import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { METRICS } from './catalogue.ts'

test('the guide lists every metric with its type, its labels and what it says', () => {
  const guide = readFileSync(new URL('../../../docs/guide/metrics.md', import.meta.url), 'utf8')
  const rows = guide.split('\n').filter((line) => /^\| `(traefik|gateway)_/.test(line))
  const expected = Object.entries(METRICS).map(
    ([name, { type, labels, help }]) => `| \`${name}\` | ${type} | ${labels.map((label) => `\`${label}\``).join(', ')} | ${help} |`,
  )
  expect(rows).toEqual(expected)
})
