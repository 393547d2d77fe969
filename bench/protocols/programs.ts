import { startProcess } from '../../test/harness/process.ts'
import type { TrialContext } from '../data-plane/trial.ts'
import { type Load, type LoadOptions, outputOf, summaryIn } from '../load.ts'

const CLIENTS = {
  echo: new URL('./clients/echo.ts', import.meta.url),
  handshakes: new URL('./clients/handshakes.ts', import.meta.url),
}

const SERVERS = {
  echo: new URL('./servers/echo.ts', import.meta.url),
  grpc: new URL('./servers/grpc.ts', import.meta.url),
}

/** What a client program prints at its end, as a line of JSON. */
export interface ClientSummary {
  /** Messages, handshakes: whatever it counts. */
  readonly count: number
  readonly ms: number
  readonly errors: Readonly<Record<string, number>>
}

/** Loads a proxy by a program of its own; connections are as many as it keeps busy, and `more` is up to the program. */
export function runClient(
  name: keyof typeof CLIENTS,
  connections: number,
  options: LoadOptions,
  ...more: readonly number[]
): Promise<Load> {
  return runClientProgram(CLIENTS[name], [connections, ...more].map(String), options)
}

/** Runs a program as `PROGRAM PORT ARGUMENTS… SECONDS`, which prints a summary at its end. */
export async function runClientProgram(program: URL, args: readonly string[], options: LoadOptions): Promise<Load> {
  const { port } = new URL(options.url)
  const command = [process.execPath, program.pathname, port, ...args, `${options.seconds}`]
  return loadOf(summaryIn<ClientSummary>(await outputOf(command, options)))
}

/** What a summary says in the words of every load generator. */
export function loadOf({ count, ms, errors }: ClientSummary): Load {
  const wrong = Object.entries(errors).filter(([, times]) => times > 0)
  return {
    requests: count,
    requestsPerSecond: count / (ms / 1000),
    errors: [...wrong.map(([kind, times]) => `${times} ${kind}`), ...(count === 0 ? ['no response'] : [])],
  }
}

/** Starts a server program beside the load, which ends with `resources`. Resolves to the port that it prints. */
export function startServer(name: keyof typeof SERVERS, context: TrialContext, resources: AsyncDisposableStack): Promise<number> {
  return startServerProgram(SERVERS[name], context, resources)
}

/** The same for any program. */
export async function startServerProgram(program: URL, { loadLauncher }: TrialContext, resources: AsyncDisposableStack): Promise<number> {
  const [command = '', ...args] = [...loadLauncher, process.execPath, program.pathname]
  const server = resources.use(await startProcess(command, args, { ready: /^\d+\n/ }))
  return Number.parseInt(server.stdout, 10)
}
