import type { EntryPoint } from '../../config/entry-point.ts'
import { bareName } from '../../config/reference.ts'
import type { Tree } from '../../schema/tree.ts'
import type { Protocol } from '../element.ts'
import type { CertificateItem } from './certificates.ts'
import type { ServerReports } from './health.ts'
import { middlewareItem, routerItem, serverCount, serviceItem } from './items.ts'
import { type Listing, type Page, pageOf } from './listing.ts'
import type { RouterElement, UsedElement } from './view.ts'

/** Elements of one kind: as a list that can be searched, and one by one. */
export interface Collection {
  /** What is not found where there is no such item. */
  readonly noun: string
  /** Throws a Refusal where there is no such page. */
  page(query: URLSearchParams): Page<object>
  find(name: string): object | undefined
}

interface Source<Item> {
  readonly noun: string
  readonly items: ReadonlyMap<string, Item>
  readonly listing: Listing<Item>
  readonly show: (item: Item) => object
}

/** Only what is asked for is shown: a list of thousands has pages. */
function collectionOf<Item extends object>({ noun, items, listing, show }: Source<Item>): Collection {
  return {
    noun,
    page(query) {
      const { items: found, next } = pageOf(items.values(), listing, query)
      return { items: found.map(show), next }
    },
    find(name) {
      const item = items.get(name)
      return item && show(item)
    },
  }
}

/** The value of `sortBy` for the name, which is what a list is sorted by without one. */
const nameOf = ({ name }: { readonly name: string }): string => name

const routerListing: Listing<RouterElement> = {
  name: nameOf,
  searched: ({ name, rule }) => [name, rule],
  status: ({ status }) => status,
  sortKeys: {
    provider: ({ provider }) => provider,
    priority: ({ priority }) => priority,
    status: ({ status }) => status,
    rule: ({ rule }) => rule,
    service: ({ service }) => service,
    entryPoints: ({ entryPoints }) => entryPoints.length,
  },
  filters: {
    serviceName: ({ service }, asked) => service === (service.includes('@') ? asked : bareName(asked)),
    middlewareName: ({ middlewares }, asked) => middlewares.includes(asked),
  },
}

const usedListing: Listing<UsedElement> = {
  name: nameOf,
  searched: ({ name }) => [name],
  status: ({ status }) => status,
  sortKeys: {
    type: ({ type = '' }) => type,
    provider: ({ provider }) => provider,
    status: ({ status }) => status,
  },
}

const serviceListing: Listing<UsedElement> = { ...usedListing, sortKeys: { ...usedListing.sortKeys, servers: serverCount } }

const certificateListing: Listing<CertificateItem> = {
  name: ({ commonName }) => commonName,
  searched: ({ commonName, sans, issuerOrg, issuerCN }) => [commonName, ...sans, issuerOrg, issuerCN],
  status: ({ status }) => status,
  sortKeys: {
    status: ({ status }) => status,
    issuer: ({ issuerOrg, issuerCN }) => `${issuerOrg} ${issuerCN}`,
    validUntil: ({ notAfter }) => Date.parse(notAfter),
  },
}

const entryPointListing: Listing<EntryPointItem> = { name: nameOf, searched: ({ name }) => [name], status: () => '', sortKeys: {} }

interface EntryPointItem {
  readonly name: string
  readonly options: EntryPoint
}

export function routerCollection(protocol: Protocol, items: ReadonlyMap<string, RouterElement>): Collection {
  return collectionOf({ noun: 'router', items, listing: routerListing, show: (router) => routerItem(protocol, router) })
}

export function serviceCollection(protocol: Protocol, items: ReadonlyMap<string, UsedElement>, reports: ServerReports): Collection {
  return collectionOf({ noun: 'service', items, listing: serviceListing, show: (service) => serviceItem(protocol, service, reports) })
}

export function middlewareCollection(protocol: Protocol, items: ReadonlyMap<string, UsedElement>): Collection {
  return collectionOf({ noun: 'middleware', items, listing: usedListing, show: (middleware) => middlewareItem(protocol, middleware) })
}

export function certificateCollection(certificates: readonly CertificateItem[]): Collection {
  const items = new Map(certificates.map((certificate) => [certificate.name, certificate]))
  return collectionOf({ noun: 'certificate', items, listing: certificateListing, show: (certificate) => certificate })
}

export function entryPointCollection(entryPoints: Readonly<Record<string, EntryPoint>>, shape: (options: EntryPoint) => Tree): Collection {
  const items = new Map(Object.entries(entryPoints).map(([name, options]) => [name, { name, options }]))
  return collectionOf({
    noun: 'entry point',
    items,
    listing: entryPointListing,
    show: ({ name, options }) => ({ ...shape(options), name }),
  })
}
