import { Args } from '@oclif/core'
import { EXIT } from '../../cli/exit-codes.ts'
import { installPlugins } from '../../cli/plugins/change.ts'
import type { PluginRow } from '../../cli/plugins/plugin-rows.ts'
import { pluginSource } from '../../cli/plugins/plugin-source.ts'
import { PluginsCommand, registryFlag } from '../../cli/plugins/plugins-command.ts'

export default class PluginsInstall extends PluginsCommand {
  static override summary = 'Installs plugins from a registry, a tarball, a folder or a repository.'
  static override description =
    `Several are installed together or not at all: when one fails, all plugins stay as they were. A tarball or a folder whose dependencies are in it needs no registry. A running gateway takes on new plugins with its next start.

Ends with 0, with 1 when something could not be installed or loaded, and with 2 when the command line is wrong.`
  static override examples = [
    {
      description: 'From the registry, the newest version or one in a range.',
      command: '<%= config.bin %> <%= command.id %> my-provider@^1',
    },
    { description: 'A tarball, as `npm pack` makes it.', command: '<%= config.bin %> <%= command.id %> ./my-provider-1.0.0.tgz' },
    { description: 'A folder.', command: '<%= config.bin %> <%= command.id %> ./my-provider' },
  ]
  static override aliases = ['plugins:add']
  static override strict = false
  static override args = {
    plugin: Args.string({ description: 'Name with an optional range, path, or URL.', required: true, ignoreStdin: true }),
  }
  static override flags = { registry: registryFlag }
  static override enableJsonFlag = true

  async run(): Promise<{ readonly plugins: readonly PluginRow[] }> {
    const { argv, flags } = await this.parse(PluginsInstall)
    const sources = argv.map((written) => pluginSource(String(written), process.cwd()))
    const installed = await this.during(`installing ${argv.join(', ')}`, installPlugins(sources, this.placeOf(flags.registry)))
    const plugins = await this.tellOf(installed, 'installed')
    process.exitCode = plugins.some(({ failure }) => failure !== undefined) ? EXIT.findings : EXIT.ok
    return { plugins }
  }
}
