import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import type { Done } from './command-line.ts'
import { ROOT } from './gateway.ts'
import { WITHOUT_NPM } from './npm.ts'
import { type RunningProcess, startProcess } from './process.ts'
import type { TemporaryFolder } from './temp.ts'

/** A copy of the gateway with a home of its own: what is linked to it or installed leaves the real one alone. */
export class Installation {
  /** Its folder of plugins. */
  readonly plugins: string
  /** Where oclif keeps what is installed. */
  readonly data: string
  /** The variables that everything in it is run with. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly #folder: TemporaryFolder
  readonly #run: string

  constructor(folder: TemporaryFolder, env: Readonly<Record<string, string>> = {}) {
    const copy = join(folder.path, 'gateway')
    for (const part of ['dist', 'bin', 'plugins', 'templates', 'package.json', 'oclif.manifest.json']) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true, filter: (source) => !source.endsWith('node_modules') })
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    const home = join(folder.path, 'home')
    this.plugins = join(copy, 'plugins')
    this.data = join(home, '.local/share/gateway')
    this.env = { ...WITHOUT_NPM, HOME: home, XDG_DATA_HOME: '', XDG_CONFIG_HOME: '', XDG_CACHE_HOME: '', NO_COLOR: '1', ...env }
    this.#folder = folder
    this.#run = join(copy, 'bin/run.js')
  }

  /** Runs a command of it to its end. */
  async run(args: readonly string[], cwd = this.#folder.path): Promise<Done> {
    const child = await this.start(args, cwd)
    const { code } = await child.exited
    return { code, stdout: child.stdout, stderr: child.stderr }
  }

  /** Starts a command of it. */
  start(args: readonly string[], cwd = this.#folder.path): Promise<RunningProcess> {
    return startProcess(process.execPath, [this.#run, ...args], { env: this.env, cwd })
  }

  async link(plugin: string): Promise<void> {
    const { code, stdout, stderr } = await this.run(['plugins', 'link', '--no-install', plugin])
    if (code !== 0) throw new Error(`${plugin} cannot be linked: ${stdout}${stderr}`)
  }

  /** Starts it with this static configuration, and waits until it has said what is live. */
  async serve(configuration: string): Promise<RunningProcess> {
    const configFile = await this.#folder.write('gateway.yml', configuration)
    const args = [this.#run, 'serve', '--configFile', configFile, '--workers', '1']
    return await startProcess(process.execPath, args, { ready: /configuration \d+ is live/, env: this.env, cwd: this.#folder.path })
  }
}
