import { Command } from '@oclif/core'
import { CommandFailure } from './command-failure.ts'
import { EXIT } from './exit-codes.ts'
import { painter } from './paint.ts'

/** A command that fails with one sentence. */
export abstract class PlainCommand extends Command {
  protected override async catch(error: Error): Promise<unknown> {
    if (error instanceof CommandFailure) this.logToStderr(`${painter(process.stderr)('red', 'error:')} ${error.message}`)
    return super.catch(error)
  }

  protected override toErrorJson(error: Error & { readonly oclif?: { readonly exit?: number } }): unknown {
    return { error: { message: error.message, exit: error.oclif?.exit ?? EXIT.findings } }
  }
}
