import { parseAddress } from '../config/entry-point.ts'
import type { StaticConfiguration } from '../config/static.ts'
import { nearest } from '../findings/suggest.ts'
import { INTERNAL_ENTRY_POINTS } from './internal.ts'

/** What routers need to know of the entry points. */
export interface EntryPointPlan {
  readonly names: readonly string[]
  /** The entry points of a router that names none. */
  readonly defaults: readonly string[]
  /** Middlewares that an entry point puts in front of those of each router; only entry points that have some. */
  readonly middlewares: ReadonlyMap<string, readonly string[]>
}

/** A part of a router: the entry points that treat it alike, and the middlewares they put in front. */
export interface RouterPart {
  /** Set where the part goes by a name of its own. */
  readonly prefix?: string
  readonly entryPoints: readonly string[]
  readonly middlewares: readonly string[]
}

/** Reads from the static configuration what routers need to know of the entry points. */
export function planEntryPoints({ entryPoints }: StaticConfiguration): EntryPointPlan {
  const all = Object.entries(entryPoints).filter(([, { address }]) => isTcp(address))
  const users = all.filter(([name]) => !INTERNAL_ENTRY_POINTS.includes(name))
  const flagged = users.filter(([, { asDefault }]) => asDefault)
  const modelled = all.flatMap(([name, { http }]): [string, readonly string[]][] =>
    http.middlewares.length > 0 ? [[name, http.middlewares]] : [],
  )
  return {
    names: all.map(([name]) => name),
    defaults: (flagged.length > 0 ? flagged : users).map(([name]) => name).sort(),
    middlewares: new Map(modelled),
  }
}

function isTcp(address: string): boolean {
  const parsed = parseAddress(address)
  return 'protocol' in parsed && parsed.protocol === 'tcp'
}

/** Splits a router's entry points into those that exist and those that do not, each of these with the nearest name. */
export function chooseEntryPoints(plan: EntryPointPlan, named: readonly string[]): { valid: string[]; unknown: UnknownEntryPoint[] } {
  if (named.length === 0) return { valid: [...plan.defaults], unknown: [] }
  const unknown = named.flatMap((name, index) => {
    if (plan.names.includes(name)) return []
    return [{ name, index, suggestion: nearest(name, plan.names) }]
  })
  return { valid: [...new Set(named)].filter((name) => plan.names.includes(name)), unknown }
}

export interface UnknownEntryPoint {
  readonly name: string
  /** Its place in the list that the router gives. */
  readonly index: number
  readonly suggestion: string | undefined
}

/**
 * A router on several entry points of which some have middlewares becomes several: one for each of those, and one for all
 * the others under the old name.
 */
export function splitRouter({ middlewares }: EntryPointPlan, entryPoints: readonly string[]): RouterPart[] {
  const modelled = entryPoints.filter((name) => middlewares.has(name))
  const plain = entryPoints.filter((name) => !middlewares.has(name))
  const [only] = entryPoints
  if (entryPoints.length === 1 && only !== undefined) return [{ entryPoints, middlewares: middlewares.get(only) ?? [] }]
  const parts = modelled.map((name): RouterPart => ({ prefix: name, entryPoints: [name], middlewares: middlewares.get(name) ?? [] }))
  return plain.length > 0 ? [{ entryPoints: plain, middlewares: [] }, ...parts] : parts
}
