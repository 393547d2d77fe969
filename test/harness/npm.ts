import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Done } from './command-line.ts'
import { ROOT } from './gateway.ts'
import { startProcess } from './process.ts'

/** Takes away what npm tells those that it runs: it must not reach another npm. */
export const WITHOUT_NPM: Readonly<Record<string, undefined>> = Object.fromEntries(
  Object.keys(process.env).flatMap((name) => (/^npm_/i.test(name) ? [[name, undefined]] : [])),
)

/** Runs the npm that the gateway brings, to its end. */
export async function runNpm(args: readonly string[], cwd: string, env: Readonly<Record<string, string | undefined>>): Promise<Done> {
  const cli = join(
    createRequire(join(ROOT, 'node_modules/@oclif/plugin-plugins/package.json')).resolve('npm/package.json'),
    '../bin/npm-cli.js',
  )
  const child = await startProcess(process.execPath, [cli, ...args, '--no-fund', '--no-audit', '--loglevel=error'], {
    cwd,
    env: { ...WITHOUT_NPM, ...env },
  })
  const { code } = await child.exited
  return { code, stdout: child.stdout, stderr: child.stderr }
}
