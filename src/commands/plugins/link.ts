import { resolve } from 'node:path'
import { Args, Flags } from '@oclif/core'
import { linkPlugin } from '../../cli/plugins/change.ts'
import type { PluginRow } from '../../cli/plugins/plugin-rows.ts'
import { PluginsCommand, registryFlag } from '../../cli/plugins/plugins-command.ts'

export default class PluginsLink extends PluginsCommand {
  static override summary = 'Makes a folder a plugin, for as long as one works on it.'
  static override description =
    `Nothing is copied: what changes in the folder is there with the next start of the gateway. A linked folder takes the place of an installed plugin of the same name.

Ends with 0, even where the plugin cannot be loaded yet, which is said; with 1 when the folder is no plugin, and with 2 when the command line is wrong.`
  static override examples = [{ description: 'A folder.', command: '<%= config.bin %> <%= command.id %> ./my-provider' }]
  static override args = {
    path: Args.string({ description: 'Folder of the plugin.', default: '.', ignoreStdin: true }),
  }
  static override flags = {
    install: Flags.boolean({
      allowNo: true,
      summary: 'Install its dependencies before.',
      description: 'Without a word: where it has dependencies and no folder `node_modules`.',
    }),
    registry: registryFlag,
  }
  static override enableJsonFlag = true

  async run(): Promise<{ readonly plugins: readonly PluginRow[] }> {
    const { args, flags } = await this.parse(PluginsLink)
    const place = this.placeOf(flags.registry)
    const linked = await this.during(`linking ${args.path}`, linkPlugin(resolve(args.path), place, flags.install))
    const plugins = await this.tellOf([linked], 'linked')
    return { plugins }
  }
}
