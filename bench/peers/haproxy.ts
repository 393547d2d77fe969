import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { available } from '../../test/harness/commands.ts'
import { type Peer, printedVersion, startPeer } from './peer.ts'

/** HAProxy, with one thread. */
export const haproxy: Peer = {
  name: 'haproxy',
  missing: () => (available('haproxy') ? undefined : 'haproxy is not installed'),
  version: () => printedVersion('haproxy', '-v'),
  async start(place) {
    const file = join(place.folder, 'haproxy.cfg')
    await writeFile(
      file,
      `
global
  nbthread 1
defaults
  mode http
  timeout connect 5s
  timeout client 60s
  timeout server 60s
frontend web
  bind 127.0.0.1:${place.port}
  default_backend origin
backend origin
  server origin 127.0.0.1:${place.originPort}
`,
    )
    return startPeer(place, ['haproxy', '-db', '-f', file])
  },
}
