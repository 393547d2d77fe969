import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import type { WorkerEntryPoint } from '../thread/worker-data.ts'
import { listenError } from './listen-error.ts'

/**
 * Fails with GTW_LISTEN_FAILED where an address cannot be had alone. The workers share their ports (SO_REUSEPORT), so a
 * second gateway on the same port would silently take half of the connections; an entry point with `reusePort` asks for that.
 */
export async function probeAddresses(entryPoints: readonly WorkerEntryPoint[]): Promise<void> {
  const probes: Server[] = []
  try {
    // All stay bound until the last one is, so that two entry points on one address are found too.
    for (const entryPoint of entryPoints) {
      if (entryPoint.port !== 0 && !entryPoint.options.reusePort) probes.push(await bind(entryPoint))
    }
  } finally {
    await Promise.all(probes.map(close))
  }
}

async function bind({ name, host, port }: WorkerEntryPoint): Promise<Server> {
  const server = createServer()
  try {
    server.listen({ port, exclusive: true, ...(host === '' ? {} : { host }) })
    await once(server, 'listening')
    return server
  } catch (error) {
    throw listenError(name, { host, port }, String((error as NodeJS.ErrnoException).code ?? error))
  }
}

async function close(server: Server): Promise<void> {
  server.close()
  await once(server, 'close')
}
