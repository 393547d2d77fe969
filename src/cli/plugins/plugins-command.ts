import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { Flags, ux } from '@oclif/core'
import { painter } from '../paint.ts'
import { PlainCommand } from '../plain-command.ts'
import type { InstalledPlugin, PluginPlace } from './change.ts'
import type { PluginRow } from './plugin-rows.ts'

/** Where npm looks, for commands that may ask it. */
export const registryFlag = Flags.string({
  helpValue: 'URL',
  summary: 'Registry to ask.',
  description: "Without it: that of npm's own configuration, `.npmrc` or `npm_config_registry`.",
})

/** A command that changes or shows which plugins there are. */
export abstract class PluginsCommand extends PlainCommand {
  protected placeOf(registry?: string): PluginPlace {
    // What is written while something is shown to go on would only appear at its end.
    const onWait = (holder: string): void =>
      void ux.action.pause(() => this.logToStderr(`waiting: another process is changing the plugins (${holder})`))
    return { folder: this.config.dataDir, registry: registry ?? this.config.npmRegistry, onWait }
  }

  /** Tells on a terminal that something is going on. */
  protected async during<Result>(what: string, work: Promise<Result>): Promise<Result> {
    ux.action.start(what)
    try {
      const result = await work
      ux.action.stop()
      return result
    } catch (error) {
      ux.action.stop('failed')
      throw error
    }
  }

  /** Tells what plugins that have just come bring; answers their rows. */
  protected async tellOf(plugins: readonly InstalledPlugin[], verb: string): Promise<PluginRow[]> {
    const rows = plugins.length === 0 ? [] : await rowsFromAnew()
    const told = rows.filter(({ name }) => plugins.some((plugin) => plugin.name === name))
    for (const { name, version = '', providers, failure } of told) {
      const brings = providers.length === 0 ? 'it brings no provider' : `providers: ${providers.join(', ')}`
      this.log(`${verb} ${name} ${version}; ${brings}`)
      if (failure !== undefined) this.logToStderr(`${painter(process.stderr)('red', 'error:')} the plugin ${name} ${failure}`)
    }
    return told
  }
}

// This process has read the packages as they were, and oclif reads none twice.
async function rowsFromAnew(): Promise<PluginRow[]> {
  const [, program = ''] = process.argv
  const child = spawn(process.execPath, [program, 'plugins', '--json'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const { plugins } = JSON.parse(await text(child.stdout)) as { readonly plugins: PluginRow[] }
  return plugins
}
