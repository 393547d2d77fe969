import { isDeepStrictEqual } from 'node:util'
import type { Finding, Path, Source } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { check } from '../schema/index.ts'
import { isTree, type Tree } from '../schema/tree.ts'
import type { Element } from './element.ts'
import { schemaAt } from './label-schema.ts'

/** Elements of many items in one tree: equal ones are one, of services the servers add up, and what differs is left out. */
export class JoinedElements {
  readonly #joined = new Map<string, Joined>()

  add(element: Element): void {
    const key = keyOf(element.path)
    const known = this.#joined.get(key)
    if (known === undefined) this.#joined.set(key, new Joined(element))
    else known.add(element)
  }

  /** The tree of all elements on which those who define them agree. */
  configuration(): Tree {
    const root: MutableTree = Object.create(null)
    for (const joined of this.#joined.values()) if (joined.rivals.length === 0) plant(root, joined.first.path, joined.definition())
    return root
  }

  /** What items define differently. */
  conflicts(): Finding[] {
    return [...this.#joined.values()].filter(({ rivals }) => rivals.length > 0).map((joined) => joined.conflict())
  }

  /** Where a value of the tree came from. */
  readonly locate = (path: Path): Source | undefined => {
    const joined = this.#joined.get(keyOf(path.slice(0, 3))) ?? this.#joined.get(keyOf(path.slice(0, 1)))
    return joined?.locate(path)
  }
}

type MutableTree = Record<string, unknown>

function plant(root: MutableTree, path: readonly string[], definition: unknown): void {
  let at = root
  for (const step of path.slice(0, -1)) {
    at[step] ??= Object.create(null)
    at = at[step] as MutableTree
  }
  at[path.at(-1) ?? ''] = definition
}

function keyOf(path: Path): string {
  return path.join('\n')
}

/** One element, and everyone who defines it. */
class Joined {
  readonly first: Element
  /** Those whose definition differs from the first one. */
  readonly rivals: Element[] = []
  readonly #servers: Tree[] = []
  /** Who brought each of the servers. */
  readonly #owners: Element[] = []
  readonly #addresses = new Set<unknown>()

  constructor(first: Element) {
    this.first = first
    this.#addServers(first)
  }

  add(element: Element): void {
    if (isSame(this.first, element)) this.#addServers(element)
    else this.rivals.push(element)
  }

  definition(): unknown {
    const { definition, servers } = this.first
    if (servers === undefined || !isTree(definition)) return definition
    return { ...definition, loadBalancer: { ...(definition.loadBalancer as Tree), servers: this.#servers } }
  }

  conflict(): Finding {
    const { path, item, definition } = this.first
    const [rival = this.first] = this.rivals
    const place = dotted(path)
    const names = new Set(this.rivals.map((one) => one.item))
    const others = names.size > 1 ? ` and ${names.size - 1} more` : ''
    return {
      code: 'GTW_CONFLICT',
      severity: 'error',
      message: `${place} is defined differently by ${item} and ${rival.item}${others}${differenceOf(definition, rival.definition)}; it is left out`,
      path: place,
      source: rival.locate(path),
      hint: 'give the two different names, or the same labels',
    }
  }

  locate(path: Path): Source {
    const index = path[5]
    const isServer = path[3] === 'loadBalancer' && path[4] === 'servers' && typeof index === 'number'
    const owner = isServer ? this.#owners[index] : undefined
    return owner === undefined ? this.first.locate(path) : owner.locate([...path.slice(0, 4), 'server', ...path.slice(6)])
  }

  /** Two servers at one address are one. */
  #addServers(element: Element): void {
    for (const server of element.servers ?? []) {
      const address = server.url ?? server.address
      if (this.#addresses.has(address)) continue
      this.#addresses.add(address)
      this.#servers.push(server)
      this.#owners.push(element)
    }
  }
}

/** Two definitions are the same where they say the same in the same words, or mean the same in different ones. */
function isSame(one: Element, other: Element): boolean {
  if ((one.servers === undefined) !== (other.servers === undefined)) return false
  if (isDeepStrictEqual(one.definition, other.definition)) return true
  const schema = schemaAt(one.path)
  if (schema === undefined) return false
  const [first, second] = [check(schema, one.definition), check(schema, other.definition)]
  return first.issues.length === 0 && second.issues.length === 0 && isDeepStrictEqual(first.value, second.value)
}

function differenceOf(one: unknown, other: unknown): string {
  const path = differingPath(one, other)
  return path.length === 0 ? '' : `, which differ in ${dotted(path)}`
}

/** The way to the first value that is not the same in both. */
function differingPath(one: unknown, other: unknown): readonly string[] {
  if (!isTree(one) || !isTree(other)) return []
  const key = [...new Set([...Object.keys(one), ...Object.keys(other)])].find((name) => !isDeepStrictEqual(one[name], other[name]))
  return key === undefined ? [] : [key, ...differingPath(one[key], other[key])]
}
