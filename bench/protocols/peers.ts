import type { Certificate } from '../../test/harness/certificate.ts'
import { startNginx } from '../../test/harness/nginx.ts'
import { gatewayPeer } from '../data-plane/subject.ts'
import { caddy, startCaddy } from '../peers/caddy.ts'
import { nginx } from '../peers/nginx.ts'
import type { Peer, RunningPeer } from '../peers/peer.ts'

/** What stands on the two sides of a proxy. */
export interface Scene {
  /** With a certificate clients come through TLS, and may speak HTTP/2. */
  readonly certificate?: Certificate
  /** How the origin is spoken to; `websocket` is HTTP/1.1 that leaves HTTP. */
  readonly origin: 'http' | 'websocket' | 'grpc'
}

/** Idle connections to the origin that each proxy keeps: as many as there are ever requests at once. */
const KEPT = 512

/** The proxies of a trial, one worker each; those that are not installed are left out. */
export function peersIn(scene: Scene): readonly Peer[] {
  return [gatewayIn(scene), nginxIn(scene), caddyIn(scene)].filter((peer) => peer.missing() === undefined)
}

function gatewayIn({ certificate, origin }: Scene): Peer {
  const peer = gatewayPeer('gateway', {
    dynamic: (originPort) => ({
      http: {
        routers: { all: { rule: 'PathPrefix(`/`)', service: 'origin', ...(certificate === undefined ? {} : { tls: {} }) } },
        services: {
          origin: { loadBalancer: { servers: [{ url: `${schemeOf(origin)}://127.0.0.1:${originPort}` }], serversTransport: 'kept' } },
        },
        serversTransports: { kept: { maxIdleConnsPerHost: KEPT } },
      },
      ...(certificate === undefined ? {} : { tls: { certificates: [certificate] } }),
    }),
  })
  return { ...peer, start: async (place) => behind(certificate, await peer.start(place)) }
}

const NGINX_PASS = {
  http: 'proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";',
  websocket:
    'proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade;',
  grpc: 'grpc_pass grpc://origin;',
}

function nginxIn({ certificate, origin }: Scene): Peer {
  return {
    ...nginx,
    async start({ port, originPort, launcher }) {
      // Its first port is one in clear text, which nobody uses.
      const secure = `
        listen 127.0.0.1:${port} ssl http2 backlog=1024;
        ssl_certificate ${certificate?.certFile}; ssl_certificate_key ${certificate?.keyFile}; ssl_protocols TLSv1.2 TLSv1.3;`
      const running = await startNginx({
        launcher,
        http: `
          keepalive_requests 1000000000;
          upstream origin { server 127.0.0.1:${originPort}; keepalive ${KEPT}; keepalive_requests 1000000000; }`,
        server: certificate === undefined ? '' : secure,
        locations: { '/': NGINX_PASS[origin] },
      })
      const url = certificate === undefined ? running.url : `http://127.0.0.1:${port}`
      return behind(certificate, { pid: running.pid, url, stop: () => running.stop() })
    },
  }
}

function caddyIn({ certificate, origin }: Scene): Peer {
  const tls = certificate === undefined ? '' : `tls ${certificate.certFile} ${certificate.keyFile}`
  const scheme = certificate === undefined ? 'http' : 'https'
  return {
    ...caddy,
    start: async (place) =>
      behind(
        certificate,
        await startCaddy(
          place,
          `
{
	admin off
	auto_https off
	servers {
		protocols h1 h2
	}
}
${scheme}://:${place.port} {
	bind 127.0.0.1
	${tls}
	reverse_proxy ${schemeOf(origin)}://127.0.0.1:${place.originPort} {
		transport http {
			keepalive_idle_conns_per_host ${KEPT}
		}
	}
}
`,
        ),
      ),
  }
}

function schemeOf(origin: Scene['origin']): string {
  return origin === 'grpc' ? 'h2c' : 'http'
}

/** The same proxy, with the scheme that its clients use. */
function behind(certificate: Certificate | undefined, running: RunningPeer): RunningPeer {
  return certificate === undefined ? running : { ...running, url: running.url.replace('http:', 'https:') }
}
