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
