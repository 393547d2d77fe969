import type { ExitCode } from './exit-codes.ts'

/** Ends a command with one sentence for the user; oclif reads the two fields. */
export class CommandFailure extends Error {
  override readonly name = 'CommandFailure'
  readonly oclif: { readonly exit: ExitCode }
  /** The command has printed the sentence itself, unwrapped and without a stack. */
  readonly skipOclifErrorHandling = true

  constructor(message: string, exit: ExitCode) {
    super(message)
    this.oclif = { exit }
  }
}
