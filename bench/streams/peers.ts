import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { startProcess } from '../../test/harness/process.ts'
import { gatewayPeer } from '../data-plane/subject.ts'
import { haproxy } from '../peers/haproxy.ts'
import { nginx } from '../peers/nginx.ts'
import { type Peer, type PeerPlace, type RunningPeer, startPeer } from '../peers/peer.ts'

/** The part of nginx that passes streams on; Debian's is a module of its own. */
const STREAM_MODULE = '/usr/lib/nginx/modules/ngx_stream_module.so'

/** Why nginx takes no part, if it does not. */
export function withoutStreams(): string | undefined {
  return existsSync(STREAM_MODULE) ? undefined : 'nginx has no streams here (Debian package libnginx-mod-stream)'
}

/** The proxies of a trial of TCP, one worker each; those that are not installed are left out. */
export function tcpPeers(): readonly Peer[] {
  return present([gatewayFor('tcp'), haproxyForTcp])
}

/** The same for UDP, which HAProxy does not pass on. */
export function udpPeers(): readonly Peer[] {
  return present([gatewayFor('udp'), nginxForUdp])
}

function present(peers: readonly Peer[]): readonly Peer[] {
  return peers.filter((peer) => peer.missing() === undefined)
}

function gatewayFor(protocol: 'tcp' | 'udp'): Peer {
  const router = protocol === 'tcp' ? { rule: 'HostSNI(`*`)', service: 'origin' } : { service: 'origin' }
  return gatewayPeer('gateway', {
    protocol,
    dynamic: (port) => ({
      [protocol]: {
        routers: { all: router },
        services: { origin: { loadBalancer: { servers: [{ address: `127.0.0.1:${port}` }] } } },
      },
    }),
  })
}

const haproxyForTcp: Peer = {
  ...haproxy,
  async start(place) {
    const file = join(place.folder, 'haproxy.cfg')
    await writeFile(
      file,
      `
global
  nbthread 1
defaults
  mode tcp
  timeout connect 5s
  timeout client 60s
  timeout server 60s
listen streams
  bind 127.0.0.1:${place.port}
  server origin 127.0.0.1:${place.originPort}
`,
    )
    return startPeer(place, ['haproxy', '-db', '-f', file])
  },
}

const nginxForUdp: Peer = {
  ...nginx,
  missing: () => nginx.missing() ?? withoutStreams(),
  start: startStreams,
}

async function startStreams({ folder, port, originPort, launcher }: PeerPlace): Promise<RunningPeer> {
  const file = join(folder, 'nginx.conf')
  await writeFile(
    file,
    `
load_module ${STREAM_MODULE};
${process.getuid?.() === 0 ? 'user root;' : ''}
daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 4096; }
stream {
  server {
    listen 127.0.0.1:${port} udp;
    proxy_pass 127.0.0.1:${originPort};
  }
}
`,
  )
  const [command = '', ...args] = [...launcher, 'nginx', '-p', folder, '-c', file, '-e', join(folder, 'error.log')]
  const running = await startProcess(command, args)
  return {
    pid: running.pid,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await running.stop()
    },
  }
}
