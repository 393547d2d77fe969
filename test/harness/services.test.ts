import { chmod } from 'node:fs/promises'
import { afterEach, expect, test, vi } from 'vitest'
import { available, commandPath } from './commands.ts'
import { needs, requireCommand } from './services.ts'
import { temporaryFolder } from './temp.ts'

const MISSING = 'no-such-command-anywhere'

afterEach(() => vi.unstubAllEnvs())

/** Runs requireCommand and tells the reason of the skip, if there was one. */
function skipReasonOf(command: string): string | undefined {
  let reason: string | undefined
  const skip = ((note: string) => {
    reason = note
  }) as Parameters<typeof requireCommand>[0]['skip']
  requireCommand({ skip }, command)
  return reason
}

test('a command is found on PATH, and only what can be run is one', async () => {
  expect(available('sh')).toBe(true)
  expect(available(MISSING)).toBe(false)

  await using folder = await temporaryFolder()
  const file = await folder.write(MISSING, '#!/bin/sh')
  vi.stubEnv('PATH', folder.path)
  expect(commandPath(MISSING)).toBeUndefined()
  await chmod(file, 0o755)
  expect(commandPath(MISSING)).toBe(file)
})

test('a missing command skips the test and says why', () => {
  vi.stubEnv('CI', '')
  expect(skipReasonOf(MISSING)).toBe(`${MISSING} is not installed`)
  expect(skipReasonOf('sh')).toBeUndefined()
})

test('with CI=true a missing command is a failure', () => {
  vi.stubEnv('CI', 'true')
  expect(() => skipReasonOf(MISSING)).toThrow(`${MISSING} is not installed, and CI=true leaves nothing out`)
})

needs(['sh'], 'a test whose commands are there runs', (context) => {
  expect(context.task.name).toBe('a test whose commands are there runs')
})
