import { available, commandPath } from './harness/commands.ts'
import { canInstall, installPackages } from './setup/debian.ts'
import { type Requirement, requirements } from './setup/requirements.ts'

const isMissing = ({ command }: Requirement): boolean => !available(command)
const missing = requirements.filter(isMissing)
const failure = missing.length > 0 && canInstall() ? installPackages(missing.map((requirement) => requirement.package)) : undefined

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

function describe(requirement: Requirement): string {
  const { command, package: name, why } = requirement
  const found = commandPath(command)
  const state = found === undefined ? `missing, package ${name}` : missing.includes(requirement) ? `installed ${found}` : found
  return `${found === undefined ? '✗' : '✓'} ${command.padEnd(8)} ${why} (${state})`
}
