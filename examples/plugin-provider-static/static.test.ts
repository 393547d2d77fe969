import { readFile } from 'node:fs/promises'
import { check } from 'gateway/provider'
import { expect, test } from 'vitest'
import { ProviderRun, says } from '../../src/provider/conformance/index.ts'
import providers from './hook.js'

test('the example provider says one router and ends when it is told to', async () => {
  const [definition] = await providers()
  if (definition === undefined) throw new Error('the hook brought no provider')
  const { value: options, issues } = check(definition.options, { host: 'a.localhost', url: 'http://127.0.0.1:8000' })
  expect(issues).toEqual([])
  await using run = new ProviderRun({ definition, options })
  await run.until(says({ static: 'Host(`a.localhost`)' }))
  await run.stop()
})

test('the example provider is at most 40 lines', async () => {
  const sources = ['package.json', 'hook.js', 'static.js'].map((name) => readFile(new URL(name, import.meta.url), 'utf8'))
  expect((await Promise.all(sources)).join('').trim().split('\n').length).toBeLessThanOrEqual(40)
})
