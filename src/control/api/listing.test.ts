import { expect, test } from 'vitest'
import { type Listing, pageOf } from './listing.ts'

interface Item {
  readonly name: string
  readonly size: number
  readonly state: string
}

const listing: Listing<Item> = {
  name: ({ name }) => name,
  searched: ({ name, state }) => [name, `${state} of ${name}`],
  status: ({ state }) => state,
  sortKeys: { size: ({ size }) => size, state: ({ state }) => state },
  filters: { size: ({ size }, asked) => String(size) === asked },
}

const items: readonly Item[] = [
  { name: 'b@file', size: 2, state: 'enabled' },
  { name: 'C@docker', size: 10, state: 'disabled' },
  { name: 'a@file', size: 2, state: 'enabled' },
]

const lists: readonly (readonly [why: string, query: string, names: readonly string[], next?: number])[] = [
  ['by name', '', ['C@docker', 'a@file', 'b@file']],
  ['backwards', 'direction=desc', ['b@file', 'a@file', 'C@docker']],
  ['by a number, then by name', 'sortBy=size', ['a@file', 'b@file', 'C@docker']],
  ['by a number backwards', 'sortBy=size&direction=desc', ['C@docker', 'b@file', 'a@file']],
  ['by a key that nobody knows: by name', 'sortBy=nothing', ['C@docker', 'a@file', 'b@file']],
  ['by a key that every object has: by name', 'sortBy=constructor', ['C@docker', 'a@file', 'b@file']],
  ['that hold a text in any case', 'search=c%40DOCK', ['C@docker']],
  ['that hold a text anywhere that is searched', 'search=enabled+of', ['a@file', 'b@file']],
  ['of one status in any case', 'status=DISABLED', ['C@docker']],
  ['that satisfy a filter', 'size=2', ['a@file', 'b@file']],
  ['with parameters that say nothing', 'search=&status=&size=&page=&per_page=', ['C@docker', 'a@file', 'b@file']],
  ['of the first page', 'per_page=2', ['C@docker', 'a@file'], 2],
  ['of the last page', 'per_page=2&page=2', ['b@file'], 1],
  ['that fill the last page', 'per_page=3', ['C@docker', 'a@file', 'b@file'], 1],
  ['of which there are none', 'search=nothing', []],
]
for (const [why, query, names, next = 1] of lists) {
  test(`items ${why}`, () => {
    const page = pageOf(items, listing, new URLSearchParams(query))
    expect(page.items.map(({ name }) => name)).toEqual(names)
    expect(page.next).toBe(next)
  })
}

const refused: readonly (readonly [query: string, message: string])[] = [
  ['page=0', 'invalid request: page: 0'],
  ['page=-1', 'invalid request: page: -1'],
  ['page=x', 'invalid request: page: x'],
  ['per_page=1.5', 'invalid request: per_page: 1.5'],
  ['per_page=1e3', 'invalid request: per_page: 1e3'],
  ['page=99999999999999999999', 'invalid request: page: 99999999999999999999'],
  ['page=2', 'invalid request: page: 2, per_page: 100'],
  ['page=3&per_page=2', 'invalid request: page: 3, per_page: 2'],
  ['page=2&search=nothing', 'invalid request: page: 2, per_page: 100'],
]
for (const [query, message] of refused) {
  test(`${query} is refused`, () => {
    expect(() => pageOf(items, listing, new URLSearchParams(query))).toThrow(expect.objectContaining({ status: 400, message }))
  })
}
