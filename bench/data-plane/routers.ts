import { available } from '../../test/harness/commands.ts'
import { startNginx } from '../../test/harness/nginx.ts'
import { measureRow } from '../measure.ts'
import { nginx } from '../peers/nginx.ts'
import type { Peer } from '../peers/peer.ts'
import type { Measured } from '../results.ts'
import { hostRouters, twentyOneRouters } from './dynamic.ts'
import { cpuRatio, medianFigure } from './figures.ts'
import { small } from './loads.ts'
import { gatewayPeer } from './subject.ts'
import type { Trial, TrialContext } from './trial.ts'

/** nginx that sends the origin the same fields about the client as the gateway does. */
const nginxForwarding: Peer = {
  ...nginx,
  name: 'nginx-forwarding',
  missing: () => (available('nginx') ? undefined : 'nginx is not installed'),
  async start({ originPort, launcher }) {
    const running = await startNginx({
      launcher,
      http: `
        keepalive_requests 1000000000;
        upstream origin { server 127.0.0.1:${originPort}; keepalive 64; keepalive_requests 1000000000; }`,
      locations: {
        '/': `
          proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
          proxy_set_header Host $http_host; proxy_set_header X-Real-Ip $remote_addr;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for; proxy_set_header X-Forwarded-Host $http_host;
          proxy_set_header X-Forwarded-Port $server_port; proxy_set_header X-Forwarded-Proto $scheme;
          proxy_set_header X-Forwarded-Server $hostname;`,
      },
    })
    return { pid: running.pid, url: running.url, stop: () => running.stop() }
  },
}

const LIMIT_TO_NGINX = 1.5

/** Routing and forwarding as a small site has them, against plain nginx. */
export const routers21: Trial = {
  name: 'routers-21',
  title: 'small GET through 21 routers, 20 of which do not match, with all forwarding fields: CPU per request against nginx',
  goal: `≤ ${LIMIT_TO_NGINX} ×`,
  async measure(context) {
    const peers = [gatewayPeer('gateway', { dynamic: twentyOneRouters }), nginx, nginxForwarding]
    const measured = await takeTurns(peers, context, 7)
    const ratio = cpuRatio(measured, 'gateway', 'nginx')
    const toForwarding = cpuRatio(measured, 'gateway', 'nginx-forwarding')
    const micros = Object.fromEntries(peers.map(({ name }) => [name, medianFigure(measured, name, 'cpuMicros')]))
    return {
      measured: `${ratio.toFixed(2)} × (${micros.gateway?.toFixed(1)} µs against ${micros.nginx?.toFixed(1)} µs); ${toForwarding.toFixed(2)} × nginx that sets the same fields`,
      met: ratio <= LIMIT_TO_NGINX,
      figures: { ratio, toForwarding, cpuMicros: micros, samples: measured.map(({ proxy, samples }) => ({ proxy, samples })) },
    }
  },
}

const LIMIT_OF_MANY = 1.05

/** The number of routers must not be felt. */
export const routers10000: Trial = {
  name: 'routers-10000',
  title: '10,000 routers with a host each against 1, the request to one in the middle: CPU per request',
  goal: `≤ ${LIMIT_OF_MANY} ×`,
  async measure(context) {
    const count = context.quick ? 500 : 10_000
    const peers = [gatewayPeer('many', { dynamic: hostRouters(count) }), gatewayPeer('one', { dynamic: hostRouters(1) })]
    const measured = await takeTurns(peers, context, 9)
    const ratio = cpuRatio(measured, 'many', 'one')
    const [many, one] = [medianFigure(measured, 'many', 'cpuMicros'), medianFigure(measured, 'one', 'cpuMicros')]
    return {
      measured: `${ratio.toFixed(3)} × (${many.toFixed(1)} µs against ${one.toFixed(1)} µs)`,
      met: ratio <= LIMIT_OF_MANY,
      figures: { count, ratio, cpuMicros: { many, one }, samples: measured.map(({ proxy, samples }) => ({ proxy, samples })) },
    }
  },
}

function takeTurns(peers: readonly Peer[], context: TrialContext, rounds: number): Promise<Measured[]> {
  const { quick, originPort, proxyLauncher, loadLauncher, signal, progress } = context
  const length = quick ? { rounds: 2, seconds: 1 } : { rounds, seconds: 2 }
  return measureRow(small, { peers, originPort, proxyLauncher, loadLauncher, signal, progress, ...length })
}
