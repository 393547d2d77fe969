import { rename, rm, symlink, truncate, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { describe, expect, test, vi } from 'vitest'
import { hasError, rulesOf, says } from '../../../src/provider/conformance/index.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { A, B, C, json, load, start } from '../test/start.ts'

describe('options', () => {
  const wrong = [
    { why: 'neither a file nor a folder is named', written: {}, problem: 'needs an option: set `directory` or `filename`' },
    { why: 'the file has an extension of no format', written: { filename: 'a.txt' }, problem: 'must be .yml, .yaml, .toml or .json' },
  ]
  for (const { why, written, problem } of wrong) {
    test(`the provider fails with a clear sentence when ${why}`, async () => {
      await expect(start(written).ended).rejects.toThrow(problem)
      await expect(load(written)).rejects.toThrow(problem)
    })
  }

  test('a folder wins over a file', async () => {
    await using folder = await temporaryFolder()
    await folder.write('conf.d/a.json', json(A))
    const filename = await folder.write('b.json', json(B))
    expect(rulesOf(await load({ filename, directory: join(folder.path, 'conf.d') }))).toEqual(A)
  })

  test('without watching, a reload reads again', async () => {
    await using folder = await temporaryFolder()
    await folder.write('a.json', json(A))
    await using run = start({ directory: folder.path, watch: false })
    await run.until(says(A))
    await folder.write('a.json', json(B))
    run.reload()
    await run.until(says(B))
  })
})

describe('what is kept', () => {
  test('a file that breaks keeps its own last good version while the others follow', async () => {
    await using folder = await temporaryFolder()
    const broken = await folder.write('a.yml', 'http: { routers: { a: { rule: Host(`a`) } } }')
    await folder.write('b.json', json(B))
    await using run = start({ directory: folder.path })
    await run.until(says({ ...A, ...B }))
    await folder.write('a.yml', 'http:\n  routers:\n    a: {\n')
    const message = await run.until(hasError)
    expect(rulesOf(message)).toEqual({ ...A, ...B })
    expect(message.findings?.[0]).toMatchObject({ code: 'GTW_SYNTAX', source: { file: broken, line: expect.any(Number) } })
    await folder.write('b.json', json(C))
    await run.until(says({ ...A, ...C }))
    await folder.write('a.yml', 'http: { routers: { d: { rule: Host(`d`) } } }')
    const healed = await run.until(says({ d: 'Host(`d`)', ...C }))
    expect(healed.findings).toEqual([])
  })

  test('a link that comes to lead nowhere keeps what it held', async () => {
    await using folder = await temporaryFolder()
    await folder.write('.store/one.json', json(A))
    await symlink('.store/one.json', join(folder.path, 'a.json'))
    await using run = start({ directory: folder.path })
    await run.until(says(A))
    await rm(join(folder.path, '.store'), { recursive: true })
    run.reload()
    expect(rulesOf(await run.until(hasError))).toEqual(A)
    await folder.write('.store/one.json', json(B))
    run.reload()
    expect((await run.until(says(B))).findings).toEqual([])
  })

  test('a file emptied and then filled is followed, and one that stays empty contributes nothing', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('a.json', json(A))
    await using run = start({ directory: folder.path })
    await run.until(says(A))
    await truncate(path)
    await writeFile(path, json(B))
    await run.until(says(B))
    expect(run.messages).toHaveLength(2)
    await truncate(path)
    await run.until(says({}))
    expect(run.messages.at(-1)?.findings).toEqual([])
  })

  test('a writer that rests between emptying a file and filling it is waited for', async () => {
    await using folder = await temporaryFolder()
    const path = await folder.write('a.json', json(A))
    await using run = start({ directory: folder.path })
    await run.until(says(A))
    const startedAt = performance.now()
    await truncate(path)
    await pause(300)
    await writeFile(path, json(B))
    await run.until(says(B))
    // Where the machine was held up, the file has been empty for long.
    if (performance.now() - startedAt < 900) expect(run.messages).toHaveLength(2)
  })

  for (const place of ['filename', 'directory'] as const) {
    test(`the ${place} itself gone is an outage: all stays until it is back`, async () => {
      await using folder = await temporaryFolder()
      const filename = await folder.write('conf/a.json', json(A))
      const path = place === 'filename' ? filename : dirname(filename)
      await using run = start({ [place]: path })
      await run.until(says(A))
      await rename(dirname(filename), join(folder.path, 'away'))
      const message = await run.until(hasError)
      expect(rulesOf(message)).toEqual(A)
      expect(message.findings).toMatchObject([{ code: 'GTW_UNREADABLE', source: { file: path } }])
      await folder.write('conf/a.json', json(B))
      expect((await run.until(says(B))).findings).toEqual([])
      await folder.write('conf/a.json', json(C))
      await run.until(says(C))
    })

    test(`a ${place} that is not there yet is awaited, folders above it too`, async () => {
      await using folder = await temporaryFolder()
      const filename = join(folder.path, 'above/conf/a.json')
      await using run = start({ [place]: place === 'filename' ? filename : dirname(filename) })
      expect(rulesOf(await run.until(hasError))).toEqual({})
      await folder.write('above/conf/a.json', json(A))
      await run.until(says(A))
    })
  }

  test('nothing is said when only a comment changed, but places move with their lines', async () => {
    await using folder = await temporaryFolder()
    const text = 'http:\n  routers:\n    a: { rule: Host(`a`) }\n'
    await folder.write('a.yml', text)
    await using run = start({ directory: folder.path })
    const message = await run.until(says(A))
    const place = () => message.locate?.(['http', 'routers', 'a', 'rule'])
    expect(place()).toMatchObject({ line: 3 })
    await folder.write('a.yml', `# A comment.\n${text}`)
    await vi.waitFor(() => expect(place()).toMatchObject({ line: 4 }))
    expect(run.messages).toHaveLength(1)
  })
})
