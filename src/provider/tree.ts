import { dynamicConfiguration } from '../config/dynamic.ts'
import type { Finding, Path, Source } from '../findings/finding.ts'
import { toFindings } from '../findings/from-issues.ts'
import { quote } from '../findings/show.ts'
import { nearest } from '../findings/suggest.ts'
import { type FlatEntry, fromFlat } from '../schema/index.ts'
import { factsOf } from '../schema/schema.ts'
import { isTree, type Tree } from '../schema/tree.ts'
import type { CompleteMessage } from './definition.ts'
import { schemaAt } from './label-schema.ts'

export interface DecodeTreeOptions {
  /** What all keys begin with, without a slash at its ends: `gateway`. */
  readonly rootKey: string
  /** How findings name a key. */
  readonly source: (key: string) => Source
}

/** Decodes the keys of a key-value store, whose parts are separated by slashes, into one message. */
export function decodeTree(
  pairs: Iterable<readonly [key: string, value: string]>,
  { rootKey, source }: DecodeTreeOptions,
): CompleteMessage {
  const root = trimSlashes(rootKey)
  const foreign = new Map<string, Finding>()
  const entries: FlatEntry[] = []
  // Names keep the case of whoever comes first, so that one has to be known whatever order a store has.
  for (const [key, value] of [...pairs].sort(([one], [other]) => (one < other ? -1 : 1))) {
    const path = pathOf(key, root)
    if (path === undefined || (value === '' && (key.endsWith('/') || isFolder(path)))) continue
    const [first = ''] = path
    if (ROOTS.includes(first.toLowerCase())) entries.push({ path, value, source: source(key) })
    else if (!foreign.has(first)) foreign.set(first, unknownRoot(first, source(key)))
  }
  const { tree, issues, locate } = fromFlat(dynamicConfiguration, entries)
  const place = (path: Path) => locate(path)
  const broken = issues.map(({ path }) => path)
  return { configuration: without(tree, broken), findings: [...foreign.values(), ...toFindings(issues, place)], locate: place }
}

const ROOTS = ['http', 'tcp', 'udp', 'tls']

/** The parts of a key below the root; undefined for one that is not below it. */
function pathOf(key: string, root: string): readonly string[] | undefined {
  const start = key.startsWith('/') ? 1 : 0
  const end = start + root.length
  const isBelow = key.slice(start, end).toLowerCase() === root.toLowerCase() && key[end] === '/'
  const below = isBelow ? key.slice(end + 1) : ''
  if (below === '') return undefined
  // A folder of a store is a key that ends with a slash.
  return (below.endsWith('/') ? below.slice(0, -1) : below).split('/')
}

/** Whether nothing can stand at a path but what has parts of its own: an empty value there is a folder's. */
function isFolder(path: readonly string[]): boolean {
  const schema = schemaAt(path)
  const facts = schema && factsOf(schema)
  if (facts === undefined) return false
  if (facts.kind === 'list') return factsOf(facts.item).kind !== 'scalar'
  return facts.kind === 'map' || (facts.kind === 'object' && !facts.standalone) || path.length < 3
}

function unknownRoot(root: string, source: Source): Finding {
  const suggestion = nearest(root, ROOTS)
  return {
    code: 'GTW_UNKNOWN_KEY',
    severity: suggestion === undefined ? 'info' : 'warning',
    message: `keys below ${quote(root)} are not read`,
    source,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

/** The tree without the elements in which something is wrong: half of one could mean something else. */
function without(tree: unknown, broken: readonly Path[]): unknown {
  const gone = new Set(broken.filter(({ length }) => length >= 3).map((path) => placeOf(path.slice(0, 3))))
  if (gone.size === 0) return tree
  return mapTree(tree, (section, root) =>
    mapTree(section, (elements, kind) => filterTree(elements, (name) => !gone.has(placeOf([root, kind, name])))),
  )
}

function placeOf(path: Path): string {
  return path.join('/').toLowerCase()
}

function mapTree(value: unknown, change: (value: unknown, key: string) => unknown): unknown {
  return isTree(value) ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, change(one, key)])) : value
}

function filterTree(value: unknown, keep: (key: string) => boolean): unknown {
  return isTree(value) ? (Object.fromEntries(Object.entries(value).filter(([key]) => keep(key))) as Tree) : value
}

function trimSlashes(text: string): string {
  return text.replace(/^\/+|\/+$/g, '')
}
