import { readdir, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temp.ts'
import { KeptCode, loadWithCode } from './kept-code.ts'

const INDEX = "const later = () => require('./other.cjs').value\nexports.answer = () => later() + require('node:path').sep"

async function keptFolder(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  await folder.write('index.cjs', INDEX)
  await folder.write('other.cjs', 'exports.value = 42')
  const fresh = new KeptCode(folder.path)
  answerOf(fresh.load('index.cjs'))
  fresh.keep()
  return folder
}

const answerOf = (exports: Readonly<Record<string, unknown>>): unknown => (exports.answer as () => unknown)()

test('scripts are loaded with the code that was kept of them', async () => {
  await using folder = await keptFolder()
  expect((await readdir(folder.path)).filter((name) => name.endsWith('.code'))).toHaveLength(2)
  const kept = new KeptCode(folder.path)
  expect(answerOf(kept.load('index.cjs'))).toBe('42/')
  expect(kept.isComplete).toBe(true)
})

test('a script that has changed is loaded as it is now', async () => {
  await using folder = await keptFolder()
  await folder.write('other.cjs', 'exports.value = 4321')
  const kept = new KeptCode(folder.path)
  expect(answerOf(kept.load('index.cjs'))).toBe('4321/')
  expect(kept.isComplete).toBe(false)
})

test('without kept code, or with code that is cut off, a script is loaded all the same', async () => {
  await using folder = await keptFolder()
  const files = (await readdir(folder.path)).filter((name) => name.endsWith('.code'))
  for (const file of files) await truncate(join(folder.path, file), 100)
  expect(answerOf(loadWithCode(folder.path, 'index.cjs'))).toBe('42/')
})
