import { Args, Flags } from '@oclif/core'
import { CommandFailure } from '../cli/command-failure.ts'
import { ConfigurationCommand, type Loaded } from '../cli/configuration-command.ts'
import { dryRun } from '../cli/dry-run.ts'
import { sourcesOf, toYaml } from '../cli/dump.ts'
import { effectiveConfiguration } from '../cli/effective.ts'
import { EXIT } from '../cli/exit-codes.ts'
import { type Part, partAt } from '../cli/part.ts'
import { provenanceOf } from '../cli/provenance.ts'
import { exitCodeOf, reportOf } from '../cli/report.ts'
import { staticConfiguration } from '../config/static.ts'
import type { Said } from '../control/aggregator.ts'

export default class ConfigDump extends ConfigurationCommand {
  static override summary = 'Prints the configuration as it takes effect.'
  static override description =
    `Everything in one: the file, variables and flags merged, defaults filled in, and what the providers can read without a server. Secrets are masked. What is wrong goes to the standard error, and decides how the command ends: as with \`validate\`. Takes the same file, variables and dotted flags as \`serve\`.`
  static override examples = [
    { description: 'Everything.', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'One router.', command: '<%= config.bin %> <%= command.id %> http.routers.shop' },
    { description: 'Which source won.', command: '<%= config.bin %> <%= command.id %> --provenance entryPoints.web' },
  ]
  static override args = {
    path: Args.string({ description: 'Part to print, for instance `http.routers.shop` or `entryPoints.web`.', ignoreStdin: true }),
  }
  static override flags = {
    provenance: Flags.boolean({ summary: 'Name the source of every value.' }),
  }
  static override enableJsonFlag = true

  async run(): Promise<unknown> {
    const { rest, load } = await this.splitFlags()
    const { args, flags } = await this.parse(ConfigDump, rest)
    const loaded = await load(flags.configFile)
    const { said, findings } = await dryRun(loaded)
    if (findings.length > 0) this.logToStderr(reportOf(findings, process.stderr))
    process.exitCode = exitCodeOf(findings)
    const part = this.#part(loaded, said, args.path)
    const provenance = flags.provenance ? await provenanceOf(loaded.static, said, loaded.options) : undefined
    this.log(toYaml(part, provenance))
    return { configuration: part.value, ...(provenance === undefined ? {} : { provenance: sourcesOf(part, provenance) }) }
  }

  #part({ static: { configuration }, definitions }: Loaded, said: Said, path: string | undefined): Part {
    const whole = effectiveConfiguration(staticConfiguration(definitions), configuration, said)
    const part = partAt(whole, path ?? '')
    if ('path' in part) return part
    const meant = part.suggestion === undefined ? '' : `; did you mean \`${part.suggestion}\`?`
    throw new CommandFailure(`the configuration has no part \`${path}\`${meant}`, EXIT.usage)
  }
}
