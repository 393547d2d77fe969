import { Flags } from '@oclif/core'
import { EXIT } from '../../cli/exit-codes.ts'
import { painter } from '../../cli/paint.ts'
import { type PluginRow, pluginRows, pluginsTable } from '../../cli/plugins/plugin-rows.ts'
import { PluginsCommand } from '../../cli/plugins/plugins-command.ts'

export default class Plugins extends PluginsCommand {
  static override summary = 'Lists installed and linked plugins, and the providers that each brings.'
  static override description = 'Ends with 0, or with 1 when a plugin is gone or cannot be loaded.'
  static override examples = [
    { description: 'Installed and linked plugins.', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'The bundled ones, too.', command: '<%= config.bin %> <%= command.id %> --core' },
  ]
  static override flags = {
    core: Flags.boolean({ summary: 'Show the bundled plugins, too.' }),
  }
  static override enableJsonFlag = true

  async run(): Promise<{ readonly plugins: readonly PluginRow[] }> {
    const { flags } = await this.parse(Plugins)
    const plugins = (await pluginRows(this.config)).filter(({ from }) => flags.core || from !== 'bundled')
    this.log(plugins.length === 0 ? 'No plugins installed.' : pluginsTable(plugins, painter(process.stdout)))
    process.exitCode = plugins.some(({ failure }) => failure !== undefined) ? EXIT.findings : EXIT.ok
    return { plugins }
  }
}
