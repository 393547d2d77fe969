import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { startProcess } from './harness/process.ts'
import { temporaryFolder } from './harness/temp.ts'

const vitest = join(dirname(createRequire(import.meta.url).resolve('vitest/package.json')), 'vitest.mjs')
const reporter = new URL('./summary-reporter.ts', import.meta.url).pathname

/** The last lines that a run of these test files prints, and its exit status. */
async function run(files: Record<string, string>) {
  await using folder = await temporaryFolder()
  await folder.write(
    'vitest.config.ts',
    `import { SummaryReporter } from '${reporter}'
     export default { test: { globals: true, include: ['*.test.ts'], reporters: [new SummaryReporter()] } }`,
  )
  for (const [name, content] of Object.entries(files)) await folder.write(name, content)
  const child = await startProcess(process.execPath, [vitest, 'run', '--root', folder.path], { env: { NO_COLOR: '1' } })
  const { code } = await child.exited
  return { code, lines: child.stdout.trim().split('\n') }
}

test('a run ends with its counts, after the reasons of what was skipped', async () => {
  const { code, lines } = await run({
    'a.test.ts': `test('passes', () => {}); test('fails', () => { throw new Error('no') }); test('waits', (context) => context.skip('no such server'))`,
    'b.test.ts': `describe('suite', () => { test('passes', () => {}); test.skip('is skipped', () => {}) })`,
  })
  expect(lines.slice(-2)).toEqual(['skipped: waits (no such server)', '2 passed, 1 failed, 2 skipped'])
  expect(code).toBe(1)
})

test('a file that does not load and a hook that throws are failures; nothing skipped is not mentioned', async () => {
  const { lines } = await run({
    'a.test.ts': `throw new Error('no')`,
    'b.test.ts': `describe('suite', () => { afterAll(() => { throw new Error('no') }); test('passes', () => {}) })`,
  })
  expect(lines.at(-1)).toBe('1 passed, 2 failed')
})

test('a clean run has no failures', async () => {
  const { code, lines } = await run({ 'a.test.ts': `test('passes', () => {})` })
  expect(lines.at(-1)).toBe('1 passed, 0 failed')
  expect(code).toBe(0)
})
