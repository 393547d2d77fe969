import { existsSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { startProcess } from './harness/process.ts'
import { requirements } from './setup/requirements.ts'

const POLICY = '/usr/sbin/policy-rc.d'

// Where the sbin folders are the bin folders, there is no PATH on which a command is missing.
const sbinIsBin = existsSync('/usr/sbin/wrk')

/** Runs the setup where PATH is of no use: nothing beside the sbin folders is found, apt-get neither. */
async function setupWithoutPath(ci: string) {
  const setup = await startProcess(process.execPath, ['test/setup.ts'], { env: { PATH: '/nonexistent', CI: ci, NODE_OPTIONS: undefined } })
  const { code } = await setup.exited
  return { code, lines: setup.stdout.trim().split('\n'), errors: setup.stderr }
}

test.skipIf(sbinIsBin)('the setup names what it leaves out, and that is not a failure', async () => {
  const { code, lines } = await setupWithoutPath('')
  expect(code).toBe(0)
  expect(lines.slice(0, requirements.length).map((line) => line.split(/\s+/)[1])).toEqual(requirements.map(({ command }) => command))
  expect(lines).toContain('✗ wrk      load (missing, package wrk)')
  expect(lines.at(-1)).toMatch(/^left out: .*wrk.*; the tests that need them are skipped$/)
})

test.skipIf(sbinIsBin)('with CI=true leaving out is a failure', async () => {
  const policy = existsSync(POLICY) && readFileSync(POLICY, 'utf8')
  const { code, errors } = await setupWithoutPath('true')
  expect(code).toBe(1)
  expect(errors).toBe('CI=true leaves nothing out: the setup has failed\n')
  expect(existsSync(POLICY) && readFileSync(POLICY, 'utf8')).toBe(policy)
})

test('each command is named once', () => {
  const commands = requirements.map(({ command }) => command)
  expect(new Set(commands).size).toBe(commands.length)
})
