import { rm, truncate } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { type Files, isUnchanged, readFiles } from './read.ts'
import { scan } from './scan.ts'

test('a file that became empty is believed when it has stayed so for a second', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('a.yml', 'http: {}')
  const place = { kind: 'folder', path: folder.path } as const
  const look = async (before: Files, now: number) => await readFiles(await scan(place), before, { now })
  const full = await look(new Map(), 0)
  expect(full.get(path)).toMatchObject({ tree: { http: {} }, emptySince: undefined })
  await folder.write('a.yml', ' \n')
  const once = await look(full, 100)
  expect(once.get(path)).toMatchObject({ tree: { http: {} }, emptySince: 100 })
  const twice = await look(once, 1_099)
  expect(twice.get(path)).toMatchObject({ tree: { http: {} }, emptySince: 100 })
  const thrice = await look(twice, 1_100)
  expect(thrice.get(path)).toMatchObject({ tree: {}, findings: [], emptySince: undefined })
})

test('a file empty twice, and filled in between, has to stay empty anew', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('a.yml', 'http: {}')
  const place = { kind: 'folder', path: folder.path } as const
  let files: Files = new Map()
  for (const [now, content] of [
    [0, 'http: {}'],
    [100, ''],
    [900, 'tcp: {}'],
    [1_000, ''],
    [1_900, ''],
  ] as const) {
    await folder.write('a.yml', content)
    files = await readFiles(await scan(place), files, { now })
  }
  expect(files.get(path)).toMatchObject({ tree: { tcp: {} }, emptySince: 1_000 })
})

test('a file filled again after it was empty for a moment counts at once', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('a.yml', 'http: {}')
  const place = { kind: 'folder', path: folder.path } as const
  const full = await readFiles(await scan(place), new Map())
  await truncate(path)
  const once = await readFiles(await scan(place), full)
  await folder.write('a.yml', 'tcp: {}')
  expect((await readFiles(await scan(place), once)).get(path)).toMatchObject({ tree: { tcp: {} }, emptySince: undefined })
})

test('a file listed but gone when it is opened is kept until the next look', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('a.yml', 'http: {}')
  const place = { kind: 'folder', path: folder.path } as const
  const found = await scan(place)
  const full = await readFiles(found, new Map())
  await rm(path)
  expect((await readFiles(found, full, { force: true })).get(path)).toMatchObject({ tree: { http: {} }, isGone: true })
})

test('the same place looks unchanged until a file comes, changes or goes', async () => {
  await using folder = await temporaryFolder()
  await folder.write('a.yml', 'http: {}')
  const place = { kind: 'folder', path: folder.path } as const
  const files = await readFiles(await scan(place), new Map())
  expect(isUnchanged(await scan(place), files)).toBe(true)
  await folder.write('b.yml', 'http: {}')
  expect(isUnchanged(await scan(place), files)).toBe(false)
  expect(isUnchanged(await scan({ kind: 'file', path: `${folder.path}/b.yml` }), files)).toBe(false)
})
