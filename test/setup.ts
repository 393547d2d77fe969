import { available, commandPath, UNPACKED } from './harness/commands.ts'
import { canInstall, installPackages } from './setup/debian.ts'
import { type Requirement, requirements } from './setup/requirements.ts'
import { unpackForeign } from './setup/suite.ts'

const isMissing = ({ command }: Requirement): boolean => !available(command)
const missing = requirements.filter(isMissing)
const failure = missing.length > 0 && canInstall() ? install(missing) : undefined

for (const requirement of requirements) console.log(describe(requirement))
if (failure !== undefined) console.error(failure)

const leftOut = requirements.filter(isMissing)
if (leftOut.length > 0) {
  console.log(`left out: ${leftOut.map(({ command }) => command).join(', ')}; the tests that need them are skipped`)
  if (process.env.CI === 'true') {
    console.error('CI=true leaves nothing out: the setup has failed')
    process.exitCode = 1
  }
}

/** Installs what the system can have, and unpacks the rest beside it. */
function install(wanted: readonly Requirement[]): string | undefined {
  const own = wanted.filter(({ suite }) => suite === undefined).map((requirement) => requirement.package)
  const foreign = wanted.flatMap(({ package: name, suite }) => (suite === undefined ? [] : [{ package: name, suite }]))
  const failures = [own.length > 0 && installPackages(own), foreign.length > 0 && unpackForeign(foreign, UNPACKED)]
  return failures.filter(Boolean).join('\n') || undefined
}

function describe(requirement: Requirement): string {
  const { command, package: name, why } = requirement
  const found = commandPath(command)
  const state = found === undefined ? `missing, package ${name}` : missing.includes(requirement) ? `installed ${found}` : found
  return `${found === undefined ? '✗' : '✓'} ${command.padEnd(8)} ${why} (${state})`
}
