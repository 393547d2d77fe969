import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { available } from '../../test/harness/commands.ts'
import { type Peer, printedVersion, startPeer } from './peer.ts'

/** Caddy, on one core for its Go code. */
export const caddy: Peer = {
  name: 'caddy',
  missing: () => (available('caddy') ? undefined : 'caddy is not installed'),
  version: () => printedVersion('caddy', 'version'),
  async start(place) {
    const file = join(place.folder, 'Caddyfile')
    // As many idle connections to the origin as there are clients; the default of 32 would close half of them.
    await writeFile(
      file,
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
    )
    const folders = { HOME: place.folder, XDG_CONFIG_HOME: place.folder, XDG_DATA_HOME: place.folder }
    return startPeer(place, ['caddy', 'run', '--config', file, '--adapter', 'caddyfile'], { GOMAXPROCS: '1', ...folders })
  },
}
