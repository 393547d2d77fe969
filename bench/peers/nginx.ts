import { available } from '../../test/harness/commands.ts'
import { startNginx } from '../../test/harness/nginx.ts'
import { type Peer, printedVersion } from './peer.ts'

/** nginx, with the upstream keep-alive that its own documentation recommends. */
export const nginx: Peer = {
  name: 'nginx',
  missing: () => (available('nginx') ? undefined : 'nginx is not installed'),
  version: () => printedVersion('nginx', '-v'),
  async start({ originPort, launcher }) {
    const running = await startNginx({
      launcher,
      // Without the limits of 1000 requests per connection, which none of the others has.
      http: `
        keepalive_requests 1000000000;
        upstream origin { server 127.0.0.1:${originPort}; keepalive 64; keepalive_requests 1000000000; }`,
      locations: {
        '/': 'client_max_body_size 0; proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";',
      },
    })
    return { pid: running.pid, url: running.url, stop: () => running.stop() }
  },
}
