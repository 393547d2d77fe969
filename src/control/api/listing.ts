import { Refusal } from './refusal.ts'

/** How a list of elements of one kind can be filtered and sorted. */
export interface Listing<Item> {
  readonly name: (item: Item) => string
  /** What `search` looks at. */
  readonly searched: (item: Item) => readonly string[]
  readonly status: (item: Item) => string
  /** By the value of `sortBy`. */
  readonly sortKeys: Readonly<Record<string, (item: Item) => string | number | bigint>>
  /** Further parameters, and whether an item satisfies one. */
  readonly filters?: Readonly<Record<string, (item: Item, value: string) => boolean>>
}

/** A part of a list, and the number of the next one: 1 where this is the last. */
export interface Page<Item> {
  readonly items: readonly Item[]
  readonly next: number
}

const PER_PAGE = 100

/** The page of a list that a query asks for; throws a Refusal where there is no such page. */
export function pageOf<Item>(items: Iterable<Item>, listing: Listing<Item>, query: URLSearchParams): Page<Item> {
  return cut(order(filter([...items], listing, query), listing, query), query)
}

function filter<Item>(items: readonly Item[], listing: Listing<Item>, query: URLSearchParams): Item[] {
  const search = query.get('search')?.toLowerCase() ?? ''
  const status = query.get('status')?.toLowerCase() ?? ''
  const asked = Object.entries(listing.filters ?? {}).flatMap(([name, holds]) => {
    const value = query.get(name) ?? ''
    return value === '' ? [] : [(item: Item) => holds(item, value)]
  })
  return items.filter(
    (item) =>
      (search === '' || listing.searched(item).some((text) => text.toLowerCase().includes(search))) &&
      (status === '' || listing.status(item).toLowerCase() === status) &&
      asked.every((holds) => holds(item)),
  )
}

function order<Item>(items: Item[], { name, sortKeys }: Listing<Item>, query: URLSearchParams): Item[] {
  const asked = query.get('sortBy') ?? ''
  const keyOf = (Object.hasOwn(sortKeys, asked) ? sortKeys[asked] : undefined) ?? name
  const turn = query.get('direction') === 'desc' ? -1 : 1
  return items.sort((one, other) => turn * (compare(keyOf(one), keyOf(other)) || compare(name(one), name(other))))
}

function compare<Key extends string | number | bigint>(one: Key, other: Key): number {
  if (one === other) return 0
  return one < other ? -1 : 1
}

function cut<Item>(items: readonly Item[], query: URLSearchParams): Page<Item> {
  const page = positive(query, 'page', 1)
  const perPage = positive(query, 'per_page', PER_PAGE)
  const start = (page - 1) * perPage
  if (start !== 0 && start >= items.length) throw new Refusal(400, `invalid request: page: ${page}, per_page: ${perPage}`)
  const end = start + perPage
  return { items: items.slice(start, end), next: end >= items.length ? 1 : page + 1 }
}

function positive(query: URLSearchParams, name: string, standard: number): number {
  const written = query.get(name) ?? ''
  if (written === '') return standard
  const value = /^\+?\d+$/.test(written) ? Number(written) : 0
  if (value > 0 && Number.isSafeInteger(value)) return value
  throw new Refusal(400, `invalid request: ${name}: ${written}`)
}
