import { cpSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ROOT } from './gateway.ts'
import { type RunningProcess, startProcess } from './process.ts'
import type { TemporaryFolder } from './temp.ts'

/** A copy of the gateway with a home of its own: what is linked to it leaves the real one alone. */
export class Installation {
  /** Its folder of plugins. */
  readonly plugins: string
  readonly #folder: TemporaryFolder
  readonly #run: string
  readonly #env: Readonly<Record<string, string>>

  constructor(folder: TemporaryFolder) {
    const copy = join(folder.path, 'gateway')
    for (const part of ['dist', 'bin', 'plugins', 'package.json', 'oclif.manifest.json']) {
      cpSync(join(ROOT, part), join(copy, part), { recursive: true, filter: (source) => !source.endsWith('node_modules') })
    }
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
    this.plugins = join(copy, 'plugins')
    this.#folder = folder
    this.#run = join(copy, 'bin/run.js')
    this.#env = { HOME: join(folder.path, 'home'), XDG_DATA_HOME: '', XDG_CONFIG_HOME: '', XDG_CACHE_HOME: '' }
  }

  async link(plugin: string): Promise<void> {
    const child = await startProcess(process.execPath, [this.#run, 'plugins', 'link', '--no-install', plugin], { env: this.#env })
    const { code } = await child.exited
    if (code !== 0) throw new Error(`${plugin} cannot be linked: ${child.stdout}${child.stderr}`)
  }

  /** Starts it with this static configuration, and waits until it has said what is live. */
  async serve(configuration: string): Promise<RunningProcess> {
    const configFile = await this.#folder.write('gateway.yml', configuration)
    const args = [this.#run, 'serve', '--configFile', configFile, '--workers', '1']
    return await startProcess(process.execPath, args, { ready: /configuration \d+ is live/, env: this.#env, cwd: this.#folder.path })
  }
}
