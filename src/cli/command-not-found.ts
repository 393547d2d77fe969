import type { Hook } from '@oclif/core/hooks'
import { nearest } from '../findings/suggest.ts'
import { EXIT } from './exit-codes.ts'

/** Answers oclif's hook `command_not_found`: names the command that was most likely meant. */
export const commandNotFound: Hook.CommandNotFound = async ({ id, config, context }) => {
  const written = id.replaceAll(':', ' ')
  const commands = config.getAllCommandIDs().map((command) => command.replaceAll(':', ' '))
  // Words after the first may be arguments: `validat gateway.yml` means `validate`.
  const meant = nearest(written, commands) ?? nearest(written.split(' ', 1)[0] ?? '', commands)
  const next = meant === undefined ? `\`${config.bin} help\` lists all commands` : `did you mean \`${config.bin} ${meant}\`?`
  process.stderr.write(`error: ${config.bin} has no command "${written}"; ${next}\n`)
  context.exit(EXIT.usage)
}
