import { certificatesTable } from '../cli/certs-table.ts'
import { ConfigurationCommand } from '../cli/configuration-command.ts'
import { dryRun } from '../cli/dry-run.ts'
import { EXIT } from '../cli/exit-codes.ts'
import { painter } from '../cli/paint.ts'
import { type CertificateReport, reportCertificates } from '../control/acme/report.ts'
import { verify } from '../control/verify.ts'

export default class Certs extends ConfigurationCommand {
  static override summary = 'Lists the certificates of the resolvers: who issued them, when they end, and what happens next.'
  static override description =
    `Reads the configuration and the files beside the storage, so it works whether the gateway runs or not, and changes nothing. Where the default certificate is served, it says why. Takes the same file, variables and dotted flags as \`serve\`.

Ends with 0 when every certificate is there, valid and renewed in time, else with 1.`
  static override examples = [
    { description: 'All certificates.', command: '<%= config.bin %> <%= command.id %>' },
    { description: 'For a program.', command: '<%= config.bin %> <%= command.id %> --configFile gateway.yml --json' },
  ]
  static override enableJsonFlag = true

  async run(): Promise<CertificateReport> {
    const { rest, load } = await this.splitFlags()
    const { flags } = await this.parse(Certs, rest)
    const loaded = await load(flags.configFile)
    const { configuration } = loaded.static
    const { said } = await dryRun(loaded)
    const { snapshot } = verify(said, configuration)
    const report = await reportCertificates({ configuration, snapshot, known: new Set(said.keys()), now: Date.now() })
    const { certificates, problems } = report
    for (const problem of problems) this.logToStderr(`${painter(process.stderr)('red', 'error:')} ${problem}`)
    if (certificates.length > 0) this.log(certificatesTable(certificates, painter(process.stdout)))
    else if (problems.length === 0) this.log('no router wants a certificate of a resolver')
    const isWell = problems.length === 0 && certificates.every(({ state }) => state === 'ok' || state === 'due')
    process.exitCode = isWell ? EXIT.ok : EXIT.findings
    return report
  }
}
