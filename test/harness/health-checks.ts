import type { Http2SecureServer, Http2Server } from 'node:http2'
import type { AddressInfo, Server, Socket } from 'node:net'
import { type ServersTransport, serversTransport } from '../../src/config/servers-transport.ts'
import type { Snapshot } from '../../src/config/snapshot.ts'
import { keyOf, type Target, targetsOf } from '../../src/control/health/target.ts'
import { check } from '../../src/schema/index.ts'
import { healthCheckOptions } from '../../src/services/health-check.ts'

export interface Checked {
  readonly servers: readonly string[]
  /** As a person would write it. */
  readonly healthCheck?: Readonly<Record<string, unknown>>
  readonly serversTransport?: string
}

/** A transport from what a person would write. */
export function transportOf(written: unknown = {}): ServersTransport {
  return check(serversTransport, written).value
}

/** A snapshot of load balancers by qualified name; every server has its place in shared memory. */
export function snapshotWith(services: Readonly<Record<string, Checked>>, transports: Readonly<Record<string, unknown>> = {}): Snapshot {
  const loadBalancers = Object.entries(services).map(([name, { servers, healthCheck, ...more }]) => {
    const options = healthCheck === undefined ? {} : { healthCheck: check(healthCheckOptions, healthCheck).value }
    return [name, { loadBalancer: { servers: servers.map((url) => ({ url })), ...options, ...more } }]
  })
  const keys = Object.entries(services).flatMap(([service, { servers }]) => servers.map((server) => keyOf({ service, server })))
  return {
    revision: 1,
    fingerprint: '',
    routers: {},
    services: Object.fromEntries(loadBalancers),
    middlewares: {},
    serversTransports: Object.fromEntries(Object.entries(transports).map(([name, written]) => [name, transportOf(written)])),
    cells: Object.fromEntries(keys.map((key, index) => [key, index])),
  }
}

/** One server as a check sees it. */
export function targetOf(server: string, healthCheck: Readonly<Record<string, unknown>> = {}, transport: unknown = {}): Target {
  const [target] = targetsOf(snapshotWith({ app: { servers: [server], healthCheck } }), transportOf(transport)).values()
  if (target === undefined) throw new Error(`${server} is not checked`)
  return target
}

export interface Listener extends AsyncDisposable {
  readonly port: number
  /** Every connection that was accepted. */
  readonly sockets: readonly Socket[]
}

/** Makes a server listen on a free port of 127.0.0.1. */
export async function listen(server: Server | Http2Server | Http2SecureServer): Promise<Listener> {
  const sockets: Socket[] = []
  server.on('connection', (socket: Socket) => sockets.push(socket))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: (server.address() as AddressInfo).port,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
