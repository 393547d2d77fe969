import { stringify } from 'yaml'

/** A router for each service, at the path of its name. */
export function dynamicOf(services: Readonly<Record<string, object>>, more: object = {}): string {
  const routers = Object.fromEntries(Object.keys(services).map((name) => [name, { rule: `PathPrefix(\`/${name}\`)`, service: name }]))
  return stringify({ http: { routers, services, ...more } })
}

interface ServerOptions {
  readonly url: string
  readonly weight?: number
  readonly preservePath?: boolean
  readonly fenced?: boolean
}

/** A load balancer with these servers; of an origin only its URL counts. */
export const balancer = (servers: readonly ServerOptions[], options: object = {}): object => ({
  loadBalancer: { servers: servers.map(({ url, weight, preservePath, fenced }) => ({ url, weight, preservePath, fenced })), ...options },
})
