import { ConfigurationCommand } from '../cli/configuration-command.ts'
import { EXIT } from '../cli/exit-codes.ts'
import { healthcheck } from '../cli/healthcheck.ts'

/** What `help` shows of it; `bin/run.js` takes a faster way to the same function. */
export default class Healthcheck extends ConfigurationCommand {
  static override summary = 'Asks the running gateway whether it is well.'
  static override description =
    `Sends one request to \`ping\`, which must be on in the configuration: give the same file, variables and flags as to \`serve\`.

Ends with 0 when the gateway answers that it is well, else with 1.`
  static override hiddenAliases = ['ping']
  static override examples = [
    {
      description: 'As the health check of a container.',
      command: '<%= config.bin %> <%= command.id %> --configFile /etc/gateway/gateway.yml',
    },
    {
      description: 'Of a gateway that has no file.',
      command: '<%= config.bin %> <%= command.id %> --ping --entryPoints.gateway.address=:9000',
    },
  ]

  async run(): Promise<void> {
    const { rest, staticArgs } = await this.splitFlags()
    const { flags } = await this.parse(Healthcheck, rest)
    const argv = flags.configFile === undefined ? staticArgs : [...staticArgs, `--configFile=${flags.configFile}`]
    const { isHealthy, message } = await healthcheck({ argv, env: process.env, cwd: process.cwd() })
    this.log(message)
    process.exitCode = isHealthy ? EXIT.ok : EXIT.findings
  }
}
