import { resolve } from 'node:path'
import { Args } from '@oclif/core'
import { CommandFailure } from '../../cli/command-failure.ts'
import { EXIT } from '../../cli/exit-codes.ts'
import { uninstallPlugins } from '../../cli/plugins/change.ts'
import { type PluginEntry, readPlugins } from '../../cli/plugins/plugin-folder.ts'
import { PluginsCommand } from '../../cli/plugins/plugins-command.ts'
import { nearest } from '../../findings/suggest.ts'

export default class PluginsUninstall extends PluginsCommand {
  static override summary = 'Removes plugins and unlinks folders.'
  static override description =
    'A linked folder is left as it is. A running gateway keeps what it has loaded until its next start.\n\nEnds with 0, with 1 when a plugin is not installed or cannot be removed, and with 2 when the command line is wrong.'
  static override examples = [{ description: 'By name, or by its folder.', command: '<%= config.bin %> <%= command.id %> my-provider' }]
  static override aliases = ['plugins:unlink', 'plugins:remove']
  static override strict = false
  static override args = {
    plugin: Args.string({ description: 'Name of the plugin, or the folder that is linked.', required: true, ignoreStdin: true }),
  }
  static override enableJsonFlag = true

  async run(): Promise<{ readonly uninstalled: readonly string[] }> {
    const { argv } = await this.parse(PluginsUninstall)
    const place = this.placeOf()
    const { oclif } = await readPlugins(place.folder)
    const names = argv.map((written) => nameOf(String(written), oclif.plugins))
    await this.during(`uninstalling ${names.join(', ')}`, uninstallPlugins(names, place))
    for (const name of names) this.log(`uninstalled ${name}`)
    return { uninstalled: names }
  }
}

function nameOf(written: string, plugins: readonly PluginEntry[]): string {
  const bare = written.replace(/(?<!^)@[^/]*$/, '')
  const found = plugins.find((entry) => entry.name === bare || (entry.type === 'link' && entry.root === resolve(written)))
  if (found !== undefined) return found.name
  const meant = nearest(
    bare,
    plugins.map(({ name }) => name),
  )
  const next = meant === undefined ? '`gateway plugins` lists those that are' : `did you mean ${meant}?`
  throw new CommandFailure(`the plugin ${written} is not installed; ${next}`, EXIT.findings)
}
