import type { StaticConfiguration } from '../../config/static.ts'
import { isTree, type Tree } from '../../schema/tree.ts'
import type { CertificateItem } from './certificates.ts'
import type { Condition } from './status.ts'
import type { View } from './view.ts'

/** Providers as Traefik calls them, in its order; every other one is a plugin. */
const PROVIDERS: Readonly<Record<string, string>> = {
  docker: 'Docker',
  swarm: 'Swarm',
  file: 'File',
  rest: 'Rest',
  consulcatalog: 'ConsulCatalog',
  nomad: 'Nomad',
  ecs: 'Ecs',
  consul: 'Consul',
  etcd: 'Etcd',
  zookeeper: 'ZooKeeper',
  redis: 'Redis',
  http: 'HTTP',
}

/** How many elements there are of each kind, and how many of them are wrong. */
export function overviewOf(configuration: StaticConfiguration, view: View, certificates: readonly CertificateItem[]): Tree {
  const { http, tcp, udp } = view
  const all = ({ routers, services, middlewares }: View['http']): Tree => ({
    routers: tally(routers),
    services: tally(services),
    middlewares: tally(middlewares),
  })
  return {
    http: all(http),
    tcp: all(tcp),
    udp: { routers: tally(udp.routers), services: tally(udp.services) },
    certificates: {
      total: certificates.length,
      warnings: certificates.filter(({ status }) => status === 'warning').length,
      errors: certificates.filter(({ status }) => status === 'expired').length,
    },
    features: { tracing: '', metrics: configuration.metrics?.prometheus === undefined ? '' : 'Prometheus', accessLog: false },
    providers: providersOf(configuration),
  }
}

function tally(elements: ReadonlyMap<string, Condition>): Tree {
  const conditions = [...elements.values()]
  return {
    total: conditions.length,
    warnings: conditions.filter(({ status }) => status === 'warning').length,
    errors: conditions.filter(({ status }) => status === 'disabled').length,
  }
}

function providersOf({ providers }: StaticConfiguration): string[] {
  const enabled = Object.entries(providers).flatMap(([name, options]) => (isTree(options) ? [name] : []))
  const known = Object.entries(PROVIDERS).flatMap(([name, label]) => (enabled.includes(name) ? [label] : []))
  return [...known, ...enabled.filter((name) => !Object.hasOwn(PROVIDERS, name)).map((name) => `plugin-${name}`)]
}
