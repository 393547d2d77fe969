import { existsSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startProcess } from '../test/harness/process.ts'
import { cpuNanoseconds, memoryOf } from './accounting.ts'

const isAccounted = existsSync('/proc/self/schedstat')

test.runIf(isAccounted)('the work of a descendant and of its threads counts', async () => {
  const spin = 'for (let turn = 0; turn < 3e8; turn++);'
  const thread = `new (require('worker_threads').Worker)(${JSON.stringify(`${spin} console.log('done'); setInterval(() => {}, 1000)`)}, { eval: true })`
  // It ends with its parent, which holds the other end of its standard input.
  const untilOrphaned = `${thread}; process.stdin.resume().once('end', () => process.exit())`
  const child = `require('child_process').spawn(process.execPath, ['-e', ${JSON.stringify(untilOrphaned)}], { stdio: ['pipe', 'inherit', 'inherit'] })`
  await using tree = await startProcess(process.execPath, ['-e', child], { ready: /done/ })
  expect(cpuNanoseconds(tree.pid)).toBeGreaterThan(50e6)
  expect(memoryOf(tree.pid).resident).toBeGreaterThan(2 * 20 * 2 ** 20)
})

test('a process that is gone has used nothing that could be read', async () => {
  const child = await startProcess('true', [])
  await child.exited
  expect(cpuNanoseconds(child.pid)).toBe(0)
  expect(memoryOf(child.pid)).toEqual({ resident: 0, peak: 0 })
})
