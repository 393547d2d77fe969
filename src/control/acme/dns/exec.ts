import { spawn } from 'node:child_process'
import { AcmeError } from '../acme-error.ts'
import type { DnsRecords, TextRecord } from './dns-solver.ts'
import { requiredSetting, secondsSetting, settingOf } from './setting.ts'

/** A hook that hangs must not hold up all certificates. */
const HOOK_MS = 5 * 60_000

/** Runs the program in `EXEC_PATH`: `present FQDN VALUE` and `cleanup FQDN VALUE`, with `EXEC_MODE=RAW` `present -- NAME TOKEN KEY_AUTH`. */
export function execRecords(env: NodeJS.ProcessEnv): DnsRecords {
  const program = requiredSetting(env, 'EXEC_PATH')
  const isRaw = settingOf(env, 'EXEC_MODE') === 'RAW'
  const argumentsFor = ({ fqdn, value, proof }: TextRecord): string[] =>
    isRaw ? ['--', proof.name, proof.token, proof.keyAuthorization] : [fqdn, value]
  return {
    set: (record) => run(program, ['present', ...argumentsFor(record)], env),
    remove: (record) => run(program, ['cleanup', ...argumentsFor(record)], env),
    timeoutMs: secondsSetting(env, 'EXEC_PROPAGATION_TIMEOUT', 60),
    intervalMs: secondsSetting(env, 'EXEC_POLLING_INTERVAL', 2),
  }
}

/** What it prints is left alone: it may hold credentials. */
function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const fail = (reason: string): void => reject(new AcmeError('GTW_ACME_CHALLENGE', `the program in EXEC_PATH failed (${reason})`))
  const child = spawn(program, args, { env, stdio: 'ignore', timeout: HOOK_MS, killSignal: 'SIGKILL' })
  child.once('error', (error: NodeJS.ErrnoException) => fail(error.code ?? error.message))
  child.once('close', (code, signal) => {
    if (code === 0) resolve()
    else fail(signal ?? `status ${code}`)
  })
  return promise
}
