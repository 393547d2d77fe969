import { resolve } from 'node:path'
import { Args, Flags } from '@oclif/core'
import { CommandFailure } from '../../cli/command-failure.ts'
import { EXIT } from '../../cli/exit-codes.ts'
import { nameProblem, writeProvider } from '../../cli/new-provider.ts'
import { PlainCommand } from '../../cli/plain-command.ts'
import { pathFromHere } from '../../cli/report.ts'
import { discoverProviders } from '../../control/providers.ts'

export default class ProviderNew extends PlainCommand {
  static override summary = 'Writes a plugin with a new provider, which works as it stands.'
  static override description =
    `Makes a folder with the package, the source in TypeScript, a page to read first, and a test that runs the promises of every provider. Nothing that exists is touched, and nothing is downloaded.

Ends with 0, with 1 when the folder exists or cannot be written, and with 2 when the name cannot be used.`
  static override examples = [
    { description: 'In the folder `my-source`.', command: '<%= config.bin %> <%= command.id %> my-source' },
    { description: 'Elsewhere.', command: '<%= config.bin %> <%= command.id %> my-source --dir plugins/my-source' },
  ]
  static override args = {
    name: Args.string({ description: 'Name of the provider: its key under `providers`.', required: true, ignoreStdin: true }),
  }
  static override flags = {
    dir: Flags.string({ helpValue: 'FOLDER', summary: 'Folder to make; without it, one with the name of the provider.' }),
  }
  static override enableJsonFlag = true

  async run(): Promise<{ readonly folder: string; readonly files: readonly string[] }> {
    const { args, flags } = await this.parse(ProviderNew)
    const { name } = args
    const { plugins } = discoverProviders(await this.config.runHook('gateway:providers', {}, undefined, true))
    const problem = nameProblem(name, plugins)
    if (problem !== undefined) throw new CommandFailure(problem, EXIT.usage)
    const folder = resolve(flags.dir ?? name)
    const files = await writeProvider({ name, folder, root: this.config.root })
    const shown = pathFromHere(folder)
    this.log(`${shown}: ${files.join(', ')}\n\nNext:\n  cd ${shown}\n  npm test\n  ${this.config.bin} plugins link .`)
    return { folder, files }
  }
}
