import { EXIT } from '../../cli/exit-codes.ts'
import { updatePlugins } from '../../cli/plugins/change.ts'
import type { PluginRow } from '../../cli/plugins/plugin-rows.ts'
import { PluginsCommand, registryFlag } from '../../cli/plugins/plugins-command.ts'

export default class PluginsUpdate extends PluginsCommand {
  static override summary = 'Brings installed plugins up to date, each within the range it was installed with.'
  static override description =
    `Linked folders are left alone. When one cannot be updated, all stay as they were. A running gateway takes on new versions with its next start.

Ends with 0, or with 1 when something could not be updated or loaded.`
  static override flags = { registry: registryFlag }
  static override enableJsonFlag = true

  async run(): Promise<{ readonly plugins: readonly PluginRow[] }> {
    const { flags } = await this.parse(PluginsUpdate)
    const updated = await this.during('updating plugins', updatePlugins(this.placeOf(flags.registry)))
    if (updated.length === 0) this.log('No plugins installed.')
    const plugins = await this.tellOf(updated, 'up to date:')
    process.exitCode = plugins.some(({ failure }) => failure !== undefined) ? EXIT.findings : EXIT.ok
    return { plugins }
  }
}
