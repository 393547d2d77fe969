import { availableParallelism } from 'node:os'
import { Flags } from '@oclif/core'
import { banner } from '../cli/banner.ts'
import { CommandFailure } from '../cli/command-failure.ts'
import { ConfigurationCommand, type Loaded } from '../cli/configuration-command.ts'
import { EXIT } from '../cli/exit-codes.ts'
import { painter, showsColor } from '../cli/paint.ts'
import { pathFromHere, reportOf } from '../cli/report.ts'
import { firstStopSignal } from '../cli/stop-signals.ts'
import { hasErrors, tally } from '../cli/summary.ts'
import { disableElements } from '../config/disable-elements.ts'
import { FindingLog } from '../control/finding-log.ts'
import { type Gateway, startGateway } from '../control/supervisor.ts'
import type { Finding } from '../findings/finding.ts'
import { createLog } from '../log.ts'
import { stepBack, stepHelpersBack } from '../thread/priority.ts'

export default class Serve extends ConfigurationCommand {
  static override summary = 'Runs the gateway.'
  static override description =
    `Every option of the static configuration is a flag as well, with dots between its parts: \`--entryPoints.web.address=:8080\`, \`--ping\`. Flags win over variables such as GATEWAY_ENTRYPOINTS_WEB_ADDRESS, these over the file.

SIGTERM and SIGINT let requests finish, then end the process with 0; a second one ends it at once. SIGHUP asks all providers for a fresh reading.`
  static override examples = [
    { description: 'Run with the configuration in the working folder.', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Run without a file for the gateway itself.',
      command: '<%= config.bin %> <%= command.id %> --entryPoints.web.address=:8000 --providers.file.filename=routes.yml',
    },
  ]
  static override flags = {
    workers: Flags.integer({
      min: 1,
      summary: 'Number of worker threads that serve requests.',
      default: async () => availableParallelism(),
      defaultHelp: async () => 'one per processor',
      noCacheDefault: true,
    }),
  }

  async run(): Promise<void> {
    const stopping = firstStopSignal()
    const { rest, load } = await this.splitFlags()
    const { flags } = await this.parse(Serve, rest)
    const loaded = await load(flags.configFile)
    const { configuration, findings } = disableElements(loaded.static)
    this.#refuseErrors(findings, loaded)
    const { level, format, noColor } = configuration.log
    const log = createLog({ level: level.toLowerCase(), format, color: !noColor && showsColor(process.stdout) })
    new FindingLog(log).report([...loaded.findings, ...findings])
    const gateway = await startGateway({
      static: { configuration },
      providers: loaded.definitions,
      workers: flags.workers,
      log,
      version: this.config.version,
      findings: [...loaded.findings, ...findings],
    })
    // Threads take on the priority of the one that starts them: the workers have theirs now.
    stepBack()
    stepHelpersBack()
    process.on('SIGHUP', () => gateway.reload())
    await Promise.race([gateway.ready, stopping])
    if (format === 'common') this.#greet(gateway, loaded)
    const failure = await Promise.race([stopping, gateway.failed])
    await gateway.stop()
    if (failure instanceof Error) throw failure
    // A plugin may have left something open.
    this.exit(EXIT.ok)
  }

  /** A gateway whose own configuration is wrong does not start; unknown keys and wrong routers only disable what holds them. */
  #refuseErrors(findings: readonly Finding[], { static: { fatal } }: Loaded): void {
    if (!hasErrors(findings)) return
    this.logToStderr(reportOf(findings, process.stderr))
    const found = findings.filter(({ severity }) => severity === 'error')
    throw new CommandFailure(`the gateway does not start, its configuration has ${tally(found)}`, fatal ? EXIT.cannotLoad : EXIT.findings)
  }

  #greet({ addresses, snapshot }: Gateway, { static: { file }, options: { argv, env } }: Loaded): void {
    const variables = Object.keys(env).filter((name) => /^(?:GATEWAY|TRAEFIK)_/.test(name))
    const sources = [
      ...(file === undefined ? [] : [pathFromHere(file)]),
      ...(variables.length > 0 ? ['environment'] : []),
      ...(argv.length > 0 ? ['flags'] : []),
    ]
    this.log(banner({ version: this.config.version, sources, addresses, snapshot }, painter(process.stdout)))
  }
}
