import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { ROOT } from '../../../test/harness/gateway.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { AtomicFile } from './atomic-file.ts'

const KILLS = 200
const AT_ONCE = 4

interface Written {
  readonly number: number
  readonly letters: string
  readonly end: number
}

/** Lets a process write a file and kills it at some moment; returns the last number that is there. */
async function killWriter(path: string, first: number): Promise<number> {
  const child = spawn(process.execPath, ['--no-warnings', join(ROOT, 'test/fixtures/storage-writer.ts'), path, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await once(child.stdout, 'data')
  await pause(Math.random() * 25)
  child.kill('SIGKILL')
  await once(child, 'close')
  const text = await new AtomicFile(path).read()
  if (text === '') return first
  const { number, letters, end } = JSON.parse(text) as Written
  expect([letters.length, end]).toEqual([200_000, number])
  return number
}

test(`a writer that is killed ${KILLS} times never leaves half a file, and loses nothing older`, { timeout: 120_000 }, async () => {
  await using folder = await temporaryFolder()
  let interrupted = 0
  const run = async (_: unknown, index: number): Promise<void> => {
    const path = join(folder.path, `acme-${index}.json`)
    let last = 0
    for (let kill = 0; kill < KILLS / AT_ONCE; kill++) {
      const now = await killWriter(path, last)
      expect(now).toBeGreaterThanOrEqual(last)
      last = now
      if (existsSync(`${path}.new`)) interrupted++
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, run))
  // Otherwise nothing was ever under way when the end came.
  expect(interrupted).toBeGreaterThan(KILLS / 10)
})

test('only the owner may read it, and the text before stays beside it', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'acme.json')
  const file = new AtomicFile(path)
  expect(await file.read()).toBe('')
  await Promise.all(['one', 'two', 'three'].map((text) => file.write(text)))
  expect([await file.read(), await file.readPrevious()]).toEqual(['three', 'two'])
  expect(readdirSync(folder.path).sort()).toEqual(['acme.json', 'acme.json.previous'])
  expect(statSync(path).mode & 0o777).toBe(0o600)
})

test('a file that others can read is refused', async () => {
  await using folder = await temporaryFolder()
  const path = join(folder.path, 'acme.json')
  writeFileSync(path, '{}')
  chmodSync(path, 0o640)
  await expect(new AtomicFile(path).read()).rejects.toThrow('can be read by others (mode 640, expected 600)')
})

test('what stands in the way of a write is an error, and the text stays', async () => {
  await using folder = await temporaryFolder()
  const file = new AtomicFile(join(folder.path, 'missing', 'acme.json'))
  await expect(file.write('one')).rejects.toThrow('cannot be written (ENOENT)')
  const good = new AtomicFile(join(folder.path, 'acme.json'))
  await good.write('one')
  await folder.write('acme.json.new/x', 'a folder in the way')
  await expect(good.write('two')).rejects.toThrow('cannot be written')
  expect(readFileSync(good.path, 'utf8')).toBe('one')
})
