import { ConfigurationCommand } from '../cli/configuration-command.ts'
import { countElements, dryRun, filesOf } from '../cli/dry-run.ts'
import { exitCodeOf, fromHere, reportOf } from '../cli/report.ts'
import { count, duration, hasErrors, tally } from '../cli/summary.ts'
import type { Finding } from '../findings/finding.ts'

export default class Validate extends ConfigurationCommand {
  static override summary = 'Checks the configuration and changes nothing.'
  static override description =
    `Reads the static configuration and everything that its providers can read without a server, and reports all that is wrong with it, each finding with its place and what was probably meant. Opens no port, writes nothing and uses no network. Takes the same file, variables and dotted flags as \`serve\`.

Ends with 0 when the configuration can go live, 1 when it has errors, 2 when the command line is wrong and 3 when a file cannot be read.`
  static override examples = [
    { description: 'Check the configuration in the working folder.', command: '<%= config.bin %> <%= command.id %>' },
    {
      description: 'Check routes on their own, without a file for the gateway itself.',
      command: '<%= config.bin %> <%= command.id %> --providers.file.filename=routes.yml',
    },
    { description: 'Let a program read the findings.', command: '<%= config.bin %> <%= command.id %> --configFile gateway.yml --json' },
  ]
  static override enableJsonFlag = true

  async run(): Promise<Result> {
    const startedAt = performance.now()
    const { rest, load } = await this.splitFlags()
    const { flags } = await this.parse(Validate, rest)
    const loaded = await load(flags.configFile)
    const done = await dryRun(loaded)
    const { findings } = done
    const files = count(filesOf(done, loaded.static.file).size, 'file')
    const numbers = countElements(done.said)
    const durationMs = Math.round(performance.now() - startedAt)
    process.exitCode = exitCodeOf(findings)
    if (findings.length > 0) this.log(reportOf(findings, process.stdout))
    const ok = !hasErrors(findings)
    const tallied = tally(findings)
    const elements = `${count(numbers.routers, 'router')}, ${count(numbers.services, 'service')}`
    this.log(`${ok ? `${['ok', tallied].filter(Boolean).join(', ')}: ${elements}` : tallied} in ${files} (${duration(durationMs)})`)
    return { ok, findings: fromHere(findings), elements: numbers, durationMs }
  }
}

/** What `--json` prints. */
interface Result {
  readonly ok: boolean
  readonly findings: readonly Finding[]
  /** How many elements of each kind were read. */
  readonly elements: Readonly<Record<string, number>>
  readonly durationMs: number
}
