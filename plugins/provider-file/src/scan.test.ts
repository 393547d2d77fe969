import { execFileSync } from 'node:child_process'
import { chmod, symlink, truncate, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { rulesOf } from '../../../src/provider/conformance/index.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { A, B, json, load } from '../test/start.ts'

describe('what is read', () => {
  const formats = [
    { name: 'a.yml', content: 'http:\n  routers:\n    a: { rule: Host(`a`) }\n' },
    { name: 'a.yaml', content: 'http: { routers: { a: { rule: Host(`a`) } } }' },
    { name: 'a.YML', content: 'http: { routers: { a: { rule: Host(`a`) } } }' },
    { name: 'a.toml', content: '[http.routers.a]\nrule = "Host(`a`)"\n' },
    { name: 'a.json', content: json(A) },
  ]
  for (const { name, content } of formats) {
    test(`${name} is read, alone and in a folder`, async () => {
      await using folder = await temporaryFolder()
      const filename = await folder.write(name, content)
      for (const place of [{ filename }, { directory: folder.path }]) {
        const message = await load(place)
        expect(message.findings).toEqual([])
        expect(rulesOf(message)).toEqual(A)
        expect(message.locate?.(['http', 'routers', 'a', 'rule'])).toMatchObject({ kind: 'file', file: filename })
      }
    })
  }

  test('files are taken in path order, the files of a sub-folder in its place', async () => {
    await using folder = await temporaryFolder()
    for (const name of ['z.json', 'b/z.json', 'b/a/x.json', 'b.json', 'a.yml.d/k.json', 'Z.json']) {
      await folder.write(name, json({ [name]: 'Host(`x`)' }))
    }
    const order = ['Z.json', 'a.yml.d/k.json', 'b/a/x.json', 'b/z.json', 'b.json', 'z.json']
    expect(Object.keys(rulesOf(await load({ directory: folder.path })))).toEqual(order)
  })

  test('hidden files, files in hidden folders and other files are left alone', async () => {
    await using folder = await temporaryFolder()
    await folder.write('a.json', json(A))
    for (const name of ['.b.json', '.git/b.json', 'b.json~', 'b.json.tmp', 'b.txt', 'json', '.yml']) await folder.write(name, json(B))
    const message = await load({ directory: folder.path })
    expect(rulesOf(message)).toEqual(A)
    expect(message.findings).toEqual([])
  })

  test('a file with two names is read once, and links in a circle end', async () => {
    await using folder = await temporaryFolder()
    await folder.write('conf/a.json', json(A))
    await symlink('a.json', join(folder.path, 'conf/b.json'))
    await symlink('..', join(folder.path, 'conf/up'))
    await symlink('.', join(folder.path, 'conf/self'))
    const message = await load({ directory: folder.path })
    expect(rulesOf(message)).toEqual(A)
    expect(message.findings).toEqual([])
  })

  test('a linked file may lie outside of the folder, a linked folder may not', async () => {
    await using outside = await temporaryFolder()
    await using folder = await temporaryFolder()
    await symlink(await outside.write('a.json', json(A)), join(folder.path, 'a.json'))
    await outside.write('more/b.json', json(B))
    await symlink(join(outside.path, 'more'), join(folder.path, 'more'))
    expect(rulesOf(await load({ directory: folder.path }))).toEqual(A)
  })

  const refused = [
    { why: 'a pipe', problem: 'not a regular file', make: async (path: string) => void execFileSync('mkfifo', [path]) },
    { why: 'a link that leads nowhere', problem: 'it does not exist', make: (path: string) => symlink('nowhere', path) },
    { why: 'a link that leads to itself', problem: 'in a circle', make: (path: string) => symlink('x.yml', path) },
    { why: 'not UTF-8', problem: 'not UTF-8', make: (path: string) => writeFile(path, Buffer.from([0x61, 0xff])) },
    {
      why: 'too large',
      problem: 'larger than 16777216 bytes',
      make: (path: string) => writeFile(path, '').then(() => truncate(path, 2 ** 24 + 1)),
    },
    { why: 'a list', problem: 'a mapping', make: (path: string) => writeFile(path, '- http') },
    { why: 'not well formed', problem: '', make: (path: string) => writeFile(path, 'http: [') },
    { why: 'a mapping with a key twice', problem: '', make: (path: string) => writeFile(path, 'http: {}\nhttp: {}\n') },
  ]
  for (const { why, problem, make } of refused) {
    test(`a file that is ${why} is a finding, and the others are read`, async () => {
      await using folder = await temporaryFolder()
      await folder.write('a.json', json(A))
      const path = join(folder.path, 'x.yml')
      await make(path)
      const message = await load({ directory: folder.path })
      expect(rulesOf(message)).toEqual(A)
      expect(message.findings).toMatchObject([{ severity: 'error', source: { kind: 'file', file: path } }])
      expect(message.findings?.[0]?.message).toContain(problem)
    })
  }

  test.skipIf(process.getuid?.() === 0)('a file without permission is a finding, and the others are read', async () => {
    await using folder = await temporaryFolder()
    await folder.write('a.json', json(A))
    await chmod(await folder.write('x.json', json(B)), 0)
    const message = await load({ directory: folder.path })
    expect(rulesOf(message)).toEqual(A)
    expect(message.findings?.[0]?.message).toContain('permission is denied')
  })
})
