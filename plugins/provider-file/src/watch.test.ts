import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { describe, expect, test, vi } from 'vitest'
import { says } from '../../../src/provider/conformance/index.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { A, B, C, json, start } from '../test/start.ts'

/** Puts a file in place of another in one step. */
async function replace(path: string, content: string): Promise<void> {
  await writeFile(`${path}.tmp`, content)
  await rename(`${path}.tmp`, path)
}

/** Lays out a version of a Kubernetes volume and switches to it in one step. */
async function publish(volume: string, version: string, files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    const path = join(volume, `..${version}`, name)
    await mkdir(dirname(path), { recursive: true })
    await writeFile(path, content)
    const visible = name.split('/')[0] ?? name
    await symlink(`..data/${visible}`, join(volume, visible)).catch(() => {})
  }
  await symlink(`..${version}`, join(volume, '..data_tmp'))
  await rename(join(volume, '..data_tmp'), join(volume, '..data'))
}

describe('what is followed by events', () => {
  interface Change {
    readonly why: string
    readonly change: (path: string) => Promise<unknown>
    readonly expected: Record<string, string>
  }
  const changes: readonly Change[] = [
    { why: 'a file renamed over another', change: (path) => replace(join(path, 'a.json'), json(B)), expected: B },
    { why: 'a file written in place', change: (path) => writeFile(join(path, 'a.json'), json(B)), expected: B },
    { why: 'a new file', change: (path) => writeFile(join(path, 'b.json'), json(B)), expected: { ...A, ...B } },
    { why: 'a file removed', change: (path) => rm(join(path, 'a.json')), expected: {} },
    { why: 'a file renamed to be hidden', change: (path) => rename(join(path, 'a.json'), join(path, '.a.json')), expected: {} },
    {
      why: 'an editor that moves the old file away',
      change: async (path) => {
        await writeFile(join(path, '4913'), '')
        await rm(join(path, '4913'))
        await rename(join(path, 'a.json'), join(path, 'a.json~'))
        await writeFile(join(path, 'a.json'), json(B))
        await rm(join(path, 'a.json~'))
      },
      expected: B,
    },
    {
      why: 'a new folder inside a new folder',
      change: async (path) => {
        await mkdir(join(path, 'x/y'), { recursive: true })
        await writeFile(join(path, 'x/y/b.json'), json(B))
      },
      expected: { ...A, ...B },
    },
  ]
  for (const { why, change, expected } of changes) {
    test(`${why}, and what follows it`, async () => {
      await using folder = await temporaryFolder()
      await folder.write('a.json', json(A))
      await using run = start({ directory: folder.path })
      await run.until(says(A))
      await change(folder.path)
      await run.until(says(expected))
      await folder.write('c.json', json(C))
      await run.until(says({ ...expected, ...C }))
    })
  }

  test('a file removed and put back', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('a.json', json(A))
    await using run = start({ directory: folder.path })
    await run.until(says(A))
    for (const rules of [B, C]) {
      await rm(path)
      await run.until(says({}))
      await writeFile(path, json(rules))
      await run.until(says(rules))
    }
  })

  test('a sub-folder removed and created again', async () => {
    await using folder = await temporaryFolder()
    await folder.write('sub/a.json', json(A))
    await using run = start({ directory: folder.path })
    await run.until(says(A))
    for (const rules of [B, C]) {
      await rm(join(folder.path, 'sub'), { recursive: true })
      await run.until(says({}))
      await folder.write('sub/a.json', '{}')
      await folder.write('sub/a.json', json(rules))
      await run.until(says(rules))
    }
  })

  test('a folder that is a link, switched to another release', async () => {
    await using folder = await temporaryFolder()
    await folder.write('one/a.json', json(A))
    await folder.write('two/b.json', json(B))
    const link = join(folder.path, 'live')
    await symlink('one', link)
    await using run = start({ directory: link })
    await run.until(says(A))
    await symlink('two', `${link}.new`)
    await rename(`${link}.new`, link)
    await run.until(says(B))
    await folder.write('two/b.json', json(C))
    await run.until(says(C))
  })

  for (const place of ['filename', 'directory'] as const) {
    test(`a Kubernetes volume by ${place}: each file once, and every new version`, async () => {
      await using folder = await temporaryFolder()
      await publish(folder.path, 'one', { 'a.json': json(A) })
      await using run = start({ [place]: place === 'filename' ? join(folder.path, 'a.json') : folder.path })
      expect((await run.until(says(A))).findings).toEqual([])
      await publish(folder.path, 'two', { 'a.json': json(B) })
      await run.until(says(B))
      await publish(folder.path, 'three', { 'a.json': json(C) })
      await run.until(says(C))
    })
  }

  test('a Kubernetes volume with a folder in it', async () => {
    await using folder = await temporaryFolder()
    await publish(folder.path, 'one', { 'conf/a.json': json(A) })
    await using run = start({ directory: folder.path })
    expect((await run.until(says(A))).findings).toEqual([])
    await publish(folder.path, 'two', { 'conf/a.json': json(B) })
    await run.until(says(B))
    await publish(folder.path, 'three', { 'conf/b.json': json(C) })
    await run.until(says(C))
  })

  test('one file among others in its folder', async () => {
    await using folder = await temporaryFolder()
    const filename = await folder.write('a.json', json(A))
    await using run = start({ filename })
    await run.until(says(A))
    await folder.write('other.json', json(C))
    await replace(filename, json(B))
    await run.until(says(B))
    await writeFile(filename, json(A))
    await run.until(says(A))
  })

  test('no watch outlives the provider', async () => {
    const watches = () => process.getActiveResourcesInfo().filter((name) => name.startsWith('FSEvent')).length
    const before = watches()
    await using folder = await temporaryFolder()
    await folder.write('sub/a.json', json(A))
    await using run = start({ directory: folder.path })
    await run.until(says(A))
    expect(watches()).toBeGreaterThan(before)
    await run.stop()
    await vi.waitFor(() => expect(watches()).toBe(before))
  })
})

describe('what is found by polling', () => {
  test('a change behind a link, where no event is heard, even of the same size', async () => {
    await using outside = await temporaryFolder()
    await using folder = await temporaryFolder()
    const target = await outside.write('a.json', json(A))
    await symlink(target, join(folder.path, 'a.json'))
    await using run = start({ directory: folder.path, pollInterval: '50ms' })
    await run.until(says(A))
    for (const rules of [B, C, A]) {
      await writeFile(target, json(rules))
      await run.until(says(rules))
    }
  })
})
