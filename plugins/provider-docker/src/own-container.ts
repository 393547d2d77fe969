import { lookup } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { statusOf } from './connect.ts'
import { usesHost } from './container.ts'
import type { Engine } from './engine.ts'

/** The networks of the container in which the gateway runs, by id; undefined where it runs in none, and reaches what the host reaches. */
export async function ownNetworks(engine: Engine, ids: readonly string[]): Promise<ReadonlySet<string> | undefined> {
  for (const id of ids) {
    const own = await engine.container(id).catch(noneIfRefused)
    if (own === undefined) continue
    const networks = Object.values(own.NetworkSettings?.Networks ?? {}).flatMap((network) => network?.NetworkID ?? [])
    return usesHost(own) ? undefined : new Set(networks)
  }
  return undefined
}

// A host name that looks like an id need not be one.
function noneIfRefused(error: unknown): undefined {
  if (statusOf(error) === undefined) throw error
}

/** What may be the id of the container in which the gateway runs. */
export async function ownIds(): Promise<readonly string[]> {
  const mounts = await readFile('/proc/self/mountinfo', 'utf8').catch(() => '')
  return idsFrom(mounts, hostname())
}

/** Finds ids in the mounts of the process, and in the host name, which is the short id unless someone chose another one. */
export function idsFrom(mounts: string, host: string): readonly string[] {
  // The engine keeps the file in a folder called by the id; on the host itself nothing is mounted at that place.
  const id = /\/([0-9a-f]{64})\/\S*hostname \/etc\/hostname /.exec(mounts)?.[1]
  return [...(id === undefined ? [] : [id]), ...(/^[0-9a-f]{12}$/.test(host) ? [host] : [])]
}

// Docker Desktop gives the host the first name, Podman the second.
const HOST_NAMES = ['host.docker.internal', 'host.containers.internal']

/** How the host is reached, for what uses its network. */
export async function hostAddress(): Promise<string> {
  for (const name of HOST_NAMES) {
    const found = await lookup(name).catch(() => undefined)
    if (found !== undefined) return found.address
  }
  return '127.0.0.1'
}
