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

/** Loads a proxy by a program of its own; connections are as many as it keeps busy. */
export async function runClient(name: keyof typeof CLIENTS, connections: number, options: LoadOptions): Promise<Load> {
  const { port } = new URL(options.url)
  const command = [process.execPath, CLIENTS[name].pathname, port, `${connections}`, `${options.seconds}`]
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
export async function startServer(
  name: keyof typeof SERVERS,
  { loadLauncher }: TrialContext,
  resources: AsyncDisposableStack,
): Promise<number> {
  const [command = '', ...args] = [...loadLauncher, process.execPath, SERVERS[name].pathname]
  const server = resources.use(await startProcess(command, args, { ready: /^\d+\n/ }))
  return Number.parseInt(server.stdout, 10)
}
