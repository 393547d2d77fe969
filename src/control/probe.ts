import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, type Server } from 'node:net'
import { udpFamilyOf } from '../thread/udp-family.ts'
import type { WorkerEntryPoint } from '../thread/worker-data.ts'
import { listenError } from './listen-error.ts'

/**
 * Fails with GTW_LISTEN_FAILED where an address cannot be had alone. The workers share their ports (SO_REUSEPORT), so a
 * second gateway on the same port would silently take half of the connections; an entry point with `reusePort` asks for that.
 */
export async function probeAddresses(entryPoints: readonly WorkerEntryPoint[]): Promise<void> {
  const probes: (Server | Socket)[] = []
  try {
    // All stay bound until the last one is, so that two entry points on one address are found too.
    for (const entryPoint of entryPoints) {
      if (entryPoint.port !== 0 && !entryPoint.options.reusePort) probes.push(await bind(entryPoint))
    }
  } finally {
    await Promise.all(probes.map(close))
  }
}

async function bind({ name, host, port, protocol }: WorkerEntryPoint): Promise<Server | Socket> {
  const address = { port, exclusive: true, ...(host === '' ? {} : { host, address: host }) }
  const probe = protocol === 'udp' ? createSocket(udpFamilyOf(host)) : createServer()
  try {
    if ('bind' in probe) probe.bind(address)
    else probe.listen(address)
    await once(probe, 'listening')
    return probe
  } catch (error) {
    throw listenError(name, { host, port }, String((error as NodeJS.ErrnoException).code ?? error))
  }
}

async function close(probe: Server | Socket): Promise<void> {
  probe.close()
  await once(probe, 'close')
}
