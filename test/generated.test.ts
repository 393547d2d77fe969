import { execFileSync } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { generatedDocs } from '../docs/generated-docs.ts'
import { temporaryFolder } from './harness/temp.ts'

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..')

for (const [file, text] of generatedDocs()) {
  test(`docs/${file} says what the schemas say`, () => {
    expect(readFileSync(join(root, 'docs', file), 'utf8')).toBe(text)
  })
}

test('oclif.manifest.json describes the commands as they are', async () => {
  await using folder = await temporaryFolder()
  for (const part of ['dist', 'bin', 'package.json']) cpSync(join(root, part), join(folder.path, part), { recursive: true })
  symlinkSync(join(root, 'node_modules'), join(folder.path, 'node_modules'))
  execFileSync(process.execPath, [join(root, 'node_modules/oclif/bin/run.js'), 'manifest'], { cwd: folder.path, stdio: 'ignore' })
  const fresh = JSON.parse(readFileSync(join(folder.path, 'oclif.manifest.json'), 'utf8'))
  expect(JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'))).toEqual(fresh)
})

for (const file of ['oclif.manifest.json', 'plugins/provider-docker/oclif.manifest.json']) {
  test(`${file} has its commands in the order of their names`, () => {
    const names = Object.keys(JSON.parse(readFileSync(join(root, file), 'utf8')).commands)
    expect(names).toEqual(names.toSorted())
  })
}
