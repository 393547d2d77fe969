import { spawnSync } from 'node:child_process'
import { chmodSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { available } from '../harness/commands.ts'

const POLICY = '/usr/sbin/policy-rc.d'
const KEPT_POLICY = `${POLICY}.before-tests`
// Exit status 101 makes the scripts of a package leave their service stopped (invoke-rc.d(8)).
const NOTHING_STARTS = '#!/bin/sh\n# While the tests of gateway install packages.\nexit 101\n'
const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/** Whether packages can be installed here: Debian, or a relative of it, as root. */
export function canInstall(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0 && available('apt-get')
}

/** Installs packages without starting the services in them. Returns what apt-get said where it failed. */
export function installPackages(packages: readonly string[]): string | undefined {
  return withoutServices(() => aptGet('update', '--quiet') ?? aptGet('install', '--quiet', '-y', '--no-install-recommends', ...packages))
}

function withoutServices<T>(action: () => T): T {
  // A signal ends apt-get, not us: the policy has to be put back first.
  const interrupted = (): void => {
    process.exitCode = 130
  }
  for (const signal of SIGNALS) process.once(signal, interrupted)
  setPolicy()
  try {
    return action()
  } finally {
    if (existsSync(KEPT_POLICY)) renameSync(KEPT_POLICY, POLICY)
    else rmSync(POLICY, { force: true })
  }
}

function setPolicy(): void {
  if (existsSync(POLICY) && readFileSync(POLICY, 'utf8') !== NOTHING_STARTS) renameSync(POLICY, KEPT_POLICY)
  writeFileSync(POLICY, NOTHING_STARTS)
  chmodSync(POLICY, 0o755)
}

function aptGet(...args: string[]): string | undefined {
  const { status, stdout, stderr } = spawnSync('apt-get', ['-o', 'DPkg::Lock::Timeout=120', ...args], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  return status === 0 ? undefined : `apt-get ${args.join(' ')} failed (${status})\n${stdout}${stderr}`
}
