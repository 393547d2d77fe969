import { readFileSync } from 'node:fs'
import { AcmeError } from '../acme-error.ts'

/** A setting from the environment, or from the file that `NAME_FILE` names; '' where there is none. */
export function settingOf(env: NodeJS.ProcessEnv, name: string): string {
  const file = env[`${name}_FILE`]
  if (env[name] || !file) return env[name] ?? ''
  try {
    return readFileSync(file, 'utf8').trim()
  } catch (error) {
    throw new AcmeError('GTW_ACME_CHALLENGE', `${name}_FILE names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`)
  }
}

/** A setting that must be there. */
export function requiredSetting(env: NodeJS.ProcessEnv, name: string): string {
  const value = settingOf(env, name)
  if (value === '') throw new AcmeError('GTW_ACME_CHALLENGE', `the environment variable ${name} is missing`)
  return value
}

/** A number of seconds, in milliseconds. */
export function secondsSetting(env: NodeJS.ProcessEnv, name: string, otherwise: number): number {
  const seconds = Number(settingOf(env, name) || otherwise)
  return (Number.isFinite(seconds) && seconds > 0 ? seconds : otherwise) * 1000
}
