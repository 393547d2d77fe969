import { type TestContext, test } from 'vitest'
import { available } from './commands.ts'

/** Goes on where the command is installed. Without it the test is skipped and says why; with CI=true it fails. */
export function requireCommand(context: Pick<TestContext, 'skip'>, command: string): void {
  if (available(command)) return
  const reason = `${command} is not installed`
  if (process.env.CI === 'true') throw new Error(`${reason}, and CI=true leaves nothing out: run \`node test/setup.ts\``)
  context.skip(reason)
}

/** A test that runs only where these commands are installed. */
export function needs(
  commands: readonly string[],
  title: string,
  body: (context: TestContext) => Promise<void> | void,
  timeoutMs?: number,
): void {
  const run = async (context: TestContext): Promise<void> => {
    for (const command of commands) requireCommand(context, command)
    await body(context)
  }
  test(title, run, timeoutMs)
}
