import type { Tree } from '../../schema/tree.ts'
import { sorted } from './go-json.ts'
import type { ServerReports } from './health.ts'
import { rawMiddleware, rawRouter, rawService } from './items.ts'
import type { View } from './view.ts'

/** Everything that is known of the dynamic configuration, by qualified name; kinds of which there are none are left out. */
export function rawDataOf({ http, tcp, udp }: View, reports: ServerReports): Tree {
  const data = {
    routers: shown(http.routers, (router) => rawRouter('http', router)),
    middlewares: shown(http.middlewares, (middleware) => rawMiddleware('http', middleware)),
    services: shown(http.services, (service) => rawService('http', service, reports)),
    tcpRouters: shown(tcp.routers, (router) => rawRouter('tcp', router)),
    tcpMiddlewares: shown(tcp.middlewares, (middleware) => rawMiddleware('tcp', middleware)),
    tcpServices: shown(tcp.services, (service) => rawService('tcp', service, reports)),
    udpRouters: shown(udp.routers, (router) => rawRouter('udp', router)),
    udpServices: shown(udp.services, (service) => rawService('udp', service, reports)),
  }
  return Object.fromEntries(Object.entries(data).filter(([, elements]) => Object.keys(elements).length > 0))
}

function shown<Element>(elements: ReadonlyMap<string, Element>, show: (element: Element) => Tree): Tree {
  return sorted([...elements].map(([name, element]) => [name, show(element)] as const))
}
