import { ConfigurationCommand } from '../../cli/configuration-command.ts'
import { EXIT } from '../../cli/exit-codes.ts'
import { painter } from '../../cli/paint.ts'
import { missingPlugins } from '../../cli/plugins/plugin-rows.ts'
import { type ProviderRow, providerRows } from '../../cli/provider-rows.ts'
import { providersTable } from '../../cli/providers-table.ts'
import { exitCodeOf, reportOf } from '../../cli/report.ts'

export default class ProviderList extends ConfigurationCommand {
  static override summary = 'Lists the providers: their plugins, what is set, and whether they would run.'
  static override description =
    `Shows the bundled providers and those of installed and linked plugins, with the options that the configuration sets and where, and what it asks for that is not there. Secrets are masked. Nothing is started and no source is asked, so it works whether the gateway runs or not. Takes the same file, variables and dotted flags as \`serve\`.

A state is \`configured\`, \`not configured\`, \`disabled\` (its section has errors), \`not installed\` (a section without a provider), \`failed\` (the plugin cannot be used) or \`unknown\` (the configuration cannot be parsed).

Ends with 0 when everything that is configured would run, 1 when a provider is disabled, failed or not installed, 2 when the command line is wrong and 3 when a file cannot be read.`
  static override examples = [
    { description: 'All providers.', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'For a program.', command: '<%= config.bin %> <%= command.id %> --configFile gateway.yml --json' },
  ]
  static override enableJsonFlag = true

  async run(): Promise<{ readonly providers: readonly ProviderRow[] }> {
    const { rest, load } = await this.splitFlags()
    const { flags } = await this.parse(ProviderList, rest)
    const loaded = await load(flags.configFile)
    const { fatal, findings } = loaded.static
    const missing = (await missingPlugins(this.config)).map(({ name, from, failure = '' }): ProviderRow => {
      return { plugin: name, installed: from, state: 'failed', reason: failure, options: {} }
    })
    const providers = [...(await providerRows(loaded)), ...missing]
    if (fatal) this.logToStderr(reportOf(findings, process.stderr))
    this.log(providersTable(providers, painter(process.stdout)))
    const isWell = providers.every(({ state }) => state === 'configured' || state === 'not configured')
    process.exitCode = fatal ? exitCodeOf(findings) : isWell ? EXIT.ok : EXIT.findings
    return { providers }
  }
}
