import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from './temp.ts'

test('a temporary folder takes files below folders and is gone after its scope', async () => {
  let path = ''
  {
    await using folder = await temporaryFolder()
    path = folder.path
    const file = await folder.write('deep/er/name.txt', 'content')
    expect(file).toBe(join(path, 'deep/er/name.txt'))
    expect(readFileSync(file, 'utf8')).toBe('content')
  }
  expect(existsSync(path)).toBe(false)
})
