/** A dynamic configuration, as far as trials need one. */
export interface Dynamic {
  readonly http: {
    readonly routers: Readonly<Record<string, RouterOptions>>
    readonly services: Readonly<Record<string, unknown>>
    readonly serversTransports?: Readonly<Record<string, unknown>>
  }
}

interface RouterOptions {
  readonly rule: string
  readonly service: string
  readonly priority?: number
}

/** A service with one server on this machine. */
export function serverAt(port: number, options: Readonly<Record<string, unknown>> = {}): unknown {
  return { loadBalancer: { servers: [{ url: `http://127.0.0.1:${port}` }], ...options } }
}

/** One router that takes everything. */
export function oneRouter(originPort: number): Dynamic {
  return { http: { routers: { all: { rule: 'PathPrefix(`/`)', service: 'origin' } }, services: { origin: serverAt(originPort) } } }
}

const FIVE = [1, 2, 3, 4, 5]

/** Twenty routers that are asked first and do not match, five of each kind, and the one that does. */
export function twentyOneRouters(originPort: number): Dynamic {
  const rules = FIVE.flatMap((number) => [
    `Host(\`other${number}.test\`) && PathPrefix(\`/\`)`,
    `PathPrefix(\`/other/${number}\`)`,
    `Header(\`X-Other\`, \`${number}\`)`,
    `Method(\`DELETE\`) && PathPrefix(\`/small${number}\`)`,
  ])
  const others = rules.map((rule, index) => [`other-${index}`, { rule, service: 'origin', priority: 1000 + index }] as const)
  const { http } = oneRouter(originPort)
  return { http: { ...http, routers: { ...Object.fromEntries(others), ...http.routers } } }
}

/** Routers of one host each; the one in the middle has the address that the load is sent to. */
export function hostRouters(count: number): (originPort: number) => Dynamic {
  const hostAt = (index: number): string => (index === count >> 1 ? '127.0.0.1' : `host-${index}.test`)
  const routerAt = (index: number) => [`router-${index}`, { rule: `Host(\`${hostAt(index)}\`)`, service: 'origin' }] as const
  return (originPort) => ({
    http: {
      routers: Object.fromEntries(Array.from({ length: count }, (_, index) => routerAt(index))),
      services: { origin: serverAt(originPort) },
    },
  })
}
