import { providerOf, qualify } from '../config/reference.ts'
import type { TcpService } from '../config/tcp.ts'
import type { Path } from '../findings/finding.ts'
import { type ElementKind, type ElementPath, elementPath, type Protocol } from './element.ts'
import type { Reference } from './graph.ts'
import type { StreamCandidate } from './merge-streams.ts'

type References = readonly Reference<Path>[]

/** What the elements of TCP and UDP refer to. */
export function referencesOfStreams(streams: StreamCandidate): Map<ElementPath, References> {
  const references = new Map<ElementPath, References>()
  for (const [name, { middlewares, service }] of streams.tcpRouters) {
    const to = middlewares.map((one, index) => referTo(['tcp', 'middlewares'], one, ['middlewares', index]))
    references.set(elementPath('routers', name, 'tcp'), [...to, referTo(['tcp', 'services'], service, ['service'])])
  }
  for (const [name, service] of streams.tcpServices)
    references.set(elementPath('services', name, 'tcp'), ofTcpService(service, providerOf(name)))
  for (const name of streams.tcpMiddlewares.keys()) references.set(elementPath('middlewares', name, 'tcp'), [])
  for (const name of streams.tcpServersTransports.keys()) references.set(elementPath('serversTransports', name, 'tcp'), [])
  for (const [name, { service }] of streams.udpRouters)
    references.set(elementPath('routers', name, 'udp'), [referTo(['udp', 'services'], service, ['service'])])
  for (const [name, { weighted }] of streams.udpServices)
    references.set(elementPath('services', name, 'udp'), ofChildren('udp', weighted?.services ?? [], providerOf(name)))
  return references
}

function ofTcpService({ loadBalancer, weighted }: TcpService, provider: string): References {
  const transport = loadBalancer?.serversTransport
  const place = ['loadBalancer', 'serversTransport']
  const own = transport ? [referTo(['tcp', 'serversTransports'], qualify(transport, provider), place)] : []
  return [...own, ...ofChildren('tcp', weighted?.services ?? [], provider)]
}

function ofChildren(protocol: Protocol, children: readonly { readonly name: string }[], provider: string): References {
  return children.map(({ name }, index) =>
    referTo([protocol, 'services'], qualify(name, provider), ['weighted', 'services', index, 'name']),
  )
}

function referTo([protocol, kind]: readonly [Protocol, ElementKind], name: string, place: Path): Reference<Path> {
  return { kind, name, to: elementPath(kind, name, protocol), place }
}
