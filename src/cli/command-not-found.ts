import type { Hook } from '@oclif/core/hooks'
import { nearest } from '../findings/suggest.ts'
import { EXIT } from './exit-codes.ts'

/** Answers oclif's hook `command_not_found`: names the command that was most likely meant. */
export const commandNotFound: Hook.CommandNotFound = async ({ id, config, context }) => {
  const words = id.split(':')
  const commands = config.getAllCommandIDs().map((command) => command.replaceAll(':', ' '))
  process.stderr.write(`error: ${misuse(words, commands, config.bin) ?? unknown(words, commands, config.bin)}\n`)
  context.exit(EXIT.usage)
}

// oclif takes words that follow a command without arguments for a part of its name.
function misuse(words: readonly string[], commands: readonly string[], bin: string): string | undefined {
  const length = words.findLastIndex((_, index) => commands.includes(words.slice(0, index).join(' ')))
  if (length < 1) return undefined
  const command = words.slice(0, length).join(' ')
  return `\`${command}\` takes no argument "${words[length]}"; see \`${bin} ${command} --help\``
}

function unknown(words: readonly string[], commands: readonly string[], bin: string): string {
  const written = words.join(' ')
  // Words after the first may be arguments: `validat gateway.yml` means `validate`.
  const meant = nearest(written, commands) ?? nearest(words[0] ?? '', commands)
  const next = meant === undefined ? `\`${bin} help\` lists all commands` : `did you mean \`${bin} ${meant}\`?`
  return `${bin} has no command "${written}"; ${next}`
}
