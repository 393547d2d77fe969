import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { available } from '../../test/harness/commands.ts'
import { type Peer, type PeerPlace, printedVersion, type RunningPeer, startPeer } from './peer.ts'

/** Caddy, on one core for its Go code. */
export const caddy: Peer = {
  name: 'caddy',
  missing: () => (available('caddy') ? undefined : 'caddy is not installed'),
  version: () => printedVersion('caddy', 'version'),
  // As many idle connections to the origin as there are clients; the default of 32 would close half of them.
  start: (place) =>
    startCaddy(
      place,
      `
{
	admin off
	auto_https off
}
http://127.0.0.1:${place.port} {
	bind 127.0.0.1
	reverse_proxy 127.0.0.1:${place.originPort} {
		transport http {
			keepalive_idle_conns_per_host 64
		}
	}
}
`,
    ),
}

/** Starts Caddy with the text of a Caddyfile; all that it writes stays in the folder of its place. */
export async function startCaddy(place: PeerPlace, caddyfile: string): Promise<RunningPeer> {
  const file = join(place.folder, 'Caddyfile')
  await writeFile(file, caddyfile)
  const folders = { HOME: place.folder, XDG_CONFIG_HOME: place.folder, XDG_DATA_HOME: place.folder }
  return startPeer(place, ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'], { GOMAXPROCS: '1', ...folders })
}
