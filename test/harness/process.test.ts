import { expect, test } from 'vitest'
import { freePort } from './ports.ts'
import { startProcess } from './process.ts'

const node = process.execPath

/** The arguments that make node run this program. */
const program = (code: string): string[] => ['-e', code]

test('a process is ready when its output matches, and keeps its output', async () => {
  await using child = await startProcess(node, program(`console.log('up'); console.error('warned'); setInterval(() => {}, 1000)`), {
    ready: /^up$/m,
  })
  await child.printed(/warned/)
  expect(child.stdout).toBe('up\n')
  expect(child.stderr).toBe('warned\n')
})

test('a process is ready when its port accepts', async () => {
  const port = await freePort()
  await using child = await startProcess(node, program(`require('net').createServer().listen(${port}, '127.0.0.1')`), { ready: port })
  expect(child.pid).toBeGreaterThan(0)
})

test('a process that ends before it is ready is reported with its output', async () => {
  const started = startProcess(node, program(`console.error('no such thing'); process.exit(3)`), { ready: /up/ })
  await expect(started).rejects.toThrow(/ended \(3\) without printing \/up\/\nno such thing/)
})

test('a process that is not ready in time is killed and reported', async () => {
  const started = startProcess(node, program('setInterval(() => {}, 1000)'), { ready: /up/, readyWithinMs: 100 })
  await expect(started).rejects.toThrow('not ready (/up/) within 100 ms')
})

test('a command that does not exist is an error', async () => {
  await expect(startProcess('no-such-command-anywhere', [])).rejects.toThrow('ENOENT')
})

test('stop sends the signal and tells how the process ended', async () => {
  const child = await startProcess(
    node,
    program(`process.on('SIGINT', () => process.exit(7)); console.log('up'); setInterval(() => {}, 1000)`),
    {
      ready: /up/,
    },
  )
  expect(await child.stop('SIGINT')).toEqual({ code: 7, signal: null })
  expect(await child.stop()).toEqual({ code: 7, signal: null })
})

test('the environment is added to ours, and undefined takes a variable away', async () => {
  const child = await startProcess(node, program('console.log(process.env.ADDED, process.env.HOME)'), {
    env: { ADDED: 'yes', HOME: undefined },
  })
  expect(await child.exited).toEqual({ code: 0, signal: null })
  expect(child.stdout).toBe('yes undefined\n')
})
