import { fileURLToPath } from 'node:url'
import { type ProcessOptions, type RunningProcess, startProcess } from './process.ts'
import { type TemporaryFolder, temporaryFolder } from './temp.ts'

/** The program as users run it. */
export const RUN = fileURLToPath(new URL('../../bin/run.js', import.meta.url))

/** The program from its sources. */
export const DEV = fileURLToPath(new URL('../../bin/dev.js', import.meta.url))

// What the tests are run with must not reach into the configuration.
const CLEAN = Object.fromEntries(Object.keys(process.env).flatMap((name) => (/^(GATEWAY|TRAEFIK)_/.test(name) ? [[name, undefined]] : [])))

/** Starts the program with a command line of its own. */
export function startCommand(args: readonly string[], { env, ...options }: ProcessOptions = {}, bin = RUN): Promise<RunningProcess> {
  return startProcess(process.execPath, [bin, ...args], { ...options, env: { ...CLEAN, NO_COLOR: '1', ...env } })
}

/** What a command left behind when it had ended. */
export interface Done {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command to its end. */
export async function runCommand(args: readonly string[], options: ProcessOptions = {}, bin = RUN): Promise<Done> {
  const done = await startCommand(args, options, bin)
  const { code } = await done.exited
  return { code, stdout: done.stdout, stderr: done.stderr }
}

/** A folder of its own with these files. */
export async function folderWith(files: Readonly<Record<string, string>>): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  for (const [name, content] of Object.entries(files)) await folder.write(name, content)
  return folder
}

/** A static configuration that reads its routes from `routes.yml`. */
export const STATIC = 'entryPoints:\n  web:\n    address: 127.0.0.1:0\nproviders:\n  file:\n    filename: routes.yml\n'

/** One router and its service, whose server has credentials. */
export const ROUTES = `http:
  routers:
    app:
      rule: Host(\`app.localhost\`)
      service: app
  services:
    app:
      loadBalancer:
        servers:
          - url: http://user:hunter2@127.0.0.1:9
`
