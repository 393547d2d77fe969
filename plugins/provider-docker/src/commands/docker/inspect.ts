import { Args, Command, Flags } from '@oclif/core'
import { type Inspection, inspect } from '../../inspect.ts'
import { inspectionText } from '../../inspection-text.ts'
import { writtenOptions } from '../../written-options.ts'

export default class DockerInspect extends Command {
  static override summary = 'Tells how a container is served, and why so.'
  static override description =
    `Looks at the container as the provider \`docker\` does: whether it is served, which of its networks and ports are taken for each service, whether something accepts connections there, and which labels were read and which refused.

Ends with 0 when the container is served and nothing is wrong with it, else with 1.`
  static override examples = [
    { description: 'A container of the local engine.', command: '<%= config.bin %> <%= command.id %> shop-1' },
    { description: 'With the options of a configuration.', command: '<%= config.bin %> <%= command.id %> shop-1 --configFile gateway.yml' },
  ]
  static override args = {
    name: Args.string({ description: 'Name or id of the container.', required: true, ignoreStdin: true }),
  }
  static override flags = {
    configFile: Flags.string({ char: 'c', helpValue: 'FILE', summary: 'File whose section `providers.docker` is used.' }),
    endpoint: Flags.string({ helpValue: 'URL', summary: 'Where the engine listens.' }),
    network: Flags.string({ helpValue: 'NAME', summary: 'Network to prefer.' }),
  }
  static override enableJsonFlag = true

  async run(): Promise<Inspection> {
    const { args, flags } = await this.parse(DockerInspect)
    const options = await writtenOptions(flags.configFile, { endpoint: flags.endpoint, network: flags.network })
    const ignore = (): void => {}
    const tell = (message: string): void => this.logToStderr(message)
    const inspection = await inspect(args.name, options, { debug: ignore, info: ignore, warn: tell, error: tell })
    if (inspection === undefined) this.error(`there is no container "${args.name}"`, { exit: 1 })
    this.log(inspectionText(inspection))
    const isWrong = !inspection.served || inspection.findings.some(({ severity }) => severity === 'error')
    process.exitCode = isWrong ? 1 : 0
    return inspection
  }
}
