import type { Tree } from '../../schema/tree.ts'
import type { Protocol } from '../element.ts'
import { int64, sorted } from './go-json.ts'
import type { ServerReports } from './health.ts'
import { elementSchema, shaped } from './shape.ts'
import type { Element, RouterElement, UsedElement } from './view.ts'

/** A router as the raw data shows it: under its name, so without it. */
export function rawRouter(protocol: Protocol, router: RouterElement): Tree {
  const { configured, references, entryPoints, middlewares, priority, tls: settledTls, observability } = router
  const { tls, ...own } = shaped(elementSchema(protocol, 'routers'), configured, references)
  return {
    ...own,
    ...(entryPoints.length === 0 ? {} : { entryPoints }),
    ...(middlewares.length === 0 ? {} : { middlewares }),
    ...(protocol === 'udp' ? {} : { priority: int64(priority) }),
    ...(tls === undefined && settledTls === undefined ? {} : { tls: { ...(tls as Tree | undefined), ...settledTls } }),
    ...(observability === undefined ? {} : { observability }),
    ...conditionOf(router),
    ...(entryPoints.length === 0 ? {} : { using: entryPoints }),
  }
}

export function routerItem(protocol: Protocol, router: RouterElement): Tree {
  const { name, provider, priority } = router
  return { ...rawRouter(protocol, router), name, provider, ...(protocol === 'udp' ? {} : { priorityStr: String(priority) }) }
}

export function rawService(protocol: Protocol, service: UsedElement, reports: ServerReports): Tree {
  const { configured, references } = service
  const own = shaped(elementSchema(protocol, 'services'), configured, references)
  return { ...own, ...conditionOf(service), ...usersOf(service), ...healthOf(protocol, service, { own, reports }) }
}

export function serviceItem(protocol: Protocol, service: UsedElement, reports: ServerReports): Tree {
  return { ...rawService(protocol, service, reports), ...identityOf(service) }
}

export function rawMiddleware(protocol: Protocol, middleware: UsedElement): Tree {
  const { configured, references } = middleware
  return { ...shaped(elementSchema(protocol, 'middlewares'), configured, references), ...conditionOf(middleware), ...usersOf(middleware) }
}

export function middlewareItem(protocol: Protocol, middleware: UsedElement): Tree {
  return { ...rawMiddleware(protocol, middleware), ...identityOf(middleware) }
}

/** How many servers a service has of its own. */
export function serverCount({ configured }: UsedElement): number {
  return serversOf(configured).length
}

function conditionOf({ errors, status }: Element): Tree {
  return { ...(errors.length === 0 ? {} : { error: errors }), status }
}

function usersOf({ usedBy }: UsedElement): Tree {
  return usedBy.length === 0 ? {} : { usedBy }
}

function identityOf({ name, provider, type }: UsedElement): Tree {
  return { name, provider, ...(type === undefined ? {} : { type }) }
}

interface Shown {
  /** What stands there in the place of each URL may have lost a secret. */
  readonly own: Tree
  readonly reports: ServerReports
}

function healthOf(protocol: Protocol, { name, configured }: UsedElement, { own, reports }: Shown): Tree {
  const servers = serversOf(configured)
  if (protocol === 'udp' || servers.length === 0) return {}
  const shown = serversOf(own)
  const told = servers.map((server, index) => [addressOf(shown[index] ?? server), reports.of(protocol, name, addressOf(server))] as const)
  const known = told.filter(([, { since, reason, lastCheck }]) => since !== undefined || reason !== undefined || lastCheck !== undefined)
  return {
    serverStatus: sorted(told.map(([server, { status }]) => [server, status])),
    ...(known.length === 0 ? {} : { serverHealth: sorted(known) }),
  }
}

interface Server {
  readonly url?: string
  readonly address?: string
}

function serversOf(service: object): readonly Server[] {
  const { loadBalancer } = service as { readonly loadBalancer?: { readonly servers?: readonly Server[] } }
  return loadBalancer?.servers ?? []
}

function addressOf({ url, address }: Server): string {
  return url ?? address ?? ''
}
