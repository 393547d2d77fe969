import { connect } from 'node:net'
import { rawExchange } from './http-client.ts'

/** A router for all that comes in clear text. */
export const ALL = 'rule: "HostSNI(`*`)", entryPoints: [web]'

/** A dynamic configuration with the router `all` and the load balancer `app`, each by its options. */
export const tcp = (router: string, service: string, more = ''): string => `
tcp:
  routers: { all: { ${router} } }
  services:
    app: { loadBalancer: { ${service} } }
${more}`

/** The option `servers` of a load balancer. */
export const serversAt = (...addresses: string[]): string => `servers: [${addresses.map((address) => `{ address: "${address}" }`)}]`

/** What a server that says its name says first, with the colon behind it. */
export const bannerOf = async (port: number): Promise<string> =>
  (await rawExchange(port, '', { until: (received) => received.includes(':') })).toString()

/** Connects and says nothing; resolves to how the other side ends it. A reset may come before the connection is known here. */
export function endOf(port: number): Promise<'reset' | 'fin'> {
  const { promise, resolve, reject } = Promise.withResolvers<'reset' | 'fin'>()
  const socket = connect({ port, host: '127.0.0.1', timeout: 10_000 })
  socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? resolve('reset') : reject(error)))
  socket.on('end', () => resolve('fin'))
  socket.on('timeout', () => reject(new Error('the connection does not end')))
  socket.resume()
  return promise.finally(() => socket.destroy())
}
