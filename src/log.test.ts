import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../test/harness/temp.ts'
import { createLog, type Log, type LogOptions, openLogDestination } from './log.ts'

function recorded(options: Partial<LogOptions> = {}): { log: Log; lines: string[] } {
  const lines: string[] = []
  const destination = { write: (line: string) => void lines.push(line) }
  return { log: createLog({ level: 'debug', format: 'common', color: false, destination, ...options }), lines }
}

const common: { why: string; write: (log: Log) => void; line: string }[] = [
  { why: 'a plain message', write: (log) => log.info('ready'), line: 'INF ready' },
  { why: 'fields', write: (log) => log.warn('slow', { ms: 12, provider: 'file' }), line: 'WRN slow ms=12 provider=file' },
  { why: 'a value with a space', write: (log) => log.error('no', { reason: 'it is so' }), line: 'ERR no reason="it is so"' },
  { why: 'an empty value', write: (log) => log.info('x', { host: '' }), line: 'INF x host=""' },
  { why: 'a quote', write: (log) => log.info('x', { a: 'say "b"' }), line: 'INF x a="say \\"b\\""' },
  { why: 'a forged line', write: (log) => log.info('x', { a: '1\n2026 INF y' }), line: 'INF x a="1\\n2026 INF y"' },
  { why: 'an escape sequence', write: (log) => log.info('a\x1b[2Jb'), line: 'INF a\\u001b[2Jb' },
  { why: 'C1, DEL and Unicode line ends', write: (log) => log.info('\x7f\x9b\u2028'), line: 'INF \\u007f\\u009b\\u2028' },
  { why: 'an error', write: (log) => log.error('x', { error: new Error('gone') }), line: 'ERR x error=gone' },
  { why: 'a bigint', write: (log) => log.info('x', { priority: 9223372036854775807n }), line: 'INF x priority=9223372036854775807' },
  { why: 'an object', write: (log) => log.info('x', { at: { line: 1 } }), line: 'INF x at="{\\"line\\":1}"' },
  { why: 'a child', write: (log) => log.child({ worker: 1 }).info('x', { a: 'b' }), line: 'INF x worker=1 a=b' },
]

for (const { why, write, line } of common) {
  test(`the common format writes ${why} on one line`, () => {
    const { log, lines } = recorded()
    write(log)
    expect(lines).toHaveLength(1)
    expect(lines[0]).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ /)
    expect(lines[0]?.slice(21)).toBe(`${line}\n`)
  })
}

test('a value is cut at 4 KiB in both formats', () => {
  for (const format of ['common', 'json'] as const) {
    const { log, lines } = recorded({ format })
    log.info('x', { a: 'y'.repeat(100_000) })
    expect(lines[0]?.length).toBeLessThan(4300)
  }
})

test('lines below the level are not written', () => {
  const { log, lines } = recorded({ level: 'WARN' })
  log.debug('a')
  log.info('b')
  log.warn('c')
  expect(lines).toHaveLength(1)
})

test('the json format is one object a line with level, time and message', () => {
  const { log, lines } = recorded({ format: 'json' })
  log.child({ worker: 1 }).info('ready', { a: 'b\nc' })
  expect(JSON.parse(lines[0] ?? '')).toEqual({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-.*Z$/),
    message: 'ready',
    worker: 1,
    a: 'b\nc',
  })
})

test('colours appear only where they are asked for', () => {
  const { log, lines } = recorded({ color: true })
  log.warn('x')
  expect(lines[0]).toContain('\x1b[33mWRN\x1b[0m x')
})

test('a log file is made with the folders above it', async () => {
  await using folder = await temporaryFolder()
  const file = join(folder.path, 'a', 'b', 'gateway.log')
  const destination = openLogDestination(file)
  createLog({ level: 'info', format: 'json', color: false, destination }).info('written')
  destination.end()
  await once(destination, 'close')
  expect(await readFile(file, 'utf8')).toContain('"message":"written"')
})
