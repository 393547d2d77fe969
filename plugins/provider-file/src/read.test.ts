import { rm, truncate } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { isUnchanged, readFiles } from './read.ts'
import { scan } from './scan.ts'

test('a file that became empty is believed only at the second look', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('a.yml', 'http: {}')
  const place = { kind: 'folder', path: folder.path } as const
  const full = await readFiles(await scan(place), new Map())
  expect(full.get(path)).toMatchObject({ tree: { http: {} }, suspect: false })
  await truncate(path)
  const once = await readFiles(await scan(place), full)
  expect(once.get(path)).toMatchObject({ tree: { http: {} }, suspect: true })
  const twice = await readFiles(await scan(place), once)
  expect(twice.get(path)).toMatchObject({ tree: {}, findings: [], suspect: false })
})

test('a file filled again after it was empty for a moment counts at once', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('a.yml', 'http: {}')
  const place = { kind: 'folder', path: folder.path } as const
  const full = await readFiles(await scan(place), new Map())
  await truncate(path)
  const once = await readFiles(await scan(place), full)
  await folder.write('a.yml', 'tcp: {}')
  expect((await readFiles(await scan(place), once)).get(path)).toMatchObject({ tree: { tcp: {} }, suspect: false })
})

test('a file listed but gone when it is opened is kept until the next look', async () => {
  await using folder = await temporaryFolder()
  const path = await folder.write('a.yml', 'http: {}')
  const place = { kind: 'folder', path: folder.path } as const
  const found = await scan(place)
  const full = await readFiles(found, new Map())
  await rm(path)
  expect((await readFiles(found, full, true)).get(path)).toMatchObject({ tree: { http: {} }, suspect: true })
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
