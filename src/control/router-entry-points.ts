import { type EntryPoint, parseAddress } from '../config/entry-point.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { RouterTls } from '../config/tls.ts'
import { nearest } from '../findings/suggest.ts'
import { deniedCharacters } from '../middlewares/encoded-characters.ts'
import { INTERNAL_ENTRY_POINTS } from './internal.ts'

/** What routers need to know of the entry points. */
export interface EntryPointPlan {
  readonly names: readonly string[]
  /** The entry points of a router that names none. */
  readonly defaults: readonly string[]
  /** Only entry points that add something to each router. */
  readonly models: ReadonlyMap<string, EntryPointModel>
}

/** What an entry point adds to each router. */
interface EntryPointModel {
  /** In front of those of the router. */
  readonly middlewares: readonly string[]
  /** Characters whose escapes it does not allow in paths. */
  readonly deniedCharacters: readonly string[]
  /** For each router that has none of its own. */
  readonly tls?: RouterTls
  /** What routers do not say of it themselves. */
  readonly observability?: EntryPoint['observability']
}

/** A part of a router: the entry points that treat it alike, and what they add. */
export interface RouterPart {
  /** Set where the part goes by a name of its own. */
  readonly prefix?: string
  readonly entryPoints: readonly string[]
  readonly model: EntryPointModel
}

const NOTHING: EntryPointModel = { middlewares: [], deniedCharacters: [] }

/** Reads from the static configuration what routers need to know of the entry points. */
export function planEntryPoints({ entryPoints }: StaticConfiguration): EntryPointPlan {
  const all = Object.entries(entryPoints).filter(([, { address }]) => isTcp(address))
  const users = all.filter(([name]) => !INTERNAL_ENTRY_POINTS.includes(name))
  const flagged = users.filter(([, { asDefault }]) => asDefault)
  const models = all.map(([name, options]) => [name, modelOf(options)] as const)
  return {
    names: all.map(([name]) => name),
    defaults: (flagged.length > 0 ? flagged : users).map(([name]) => name).sort(),
    models: new Map(models.filter(([, model]) => model !== NOTHING)),
  }
}

function modelOf({ http: { middlewares, encodedCharacters, tls }, observability }: EntryPoint): EntryPointModel {
  const denied = encodedCharacters === undefined ? [] : deniedCharacters(encodedCharacters)
  if (middlewares.length === 0 && denied.length === 0 && tls === undefined && observability === undefined) return NOTHING
  return { middlewares, deniedCharacters: denied, ...(tls === undefined ? {} : { tls }), observability }
}

function isTcp(address: string): boolean {
  const parsed = parseAddress(address)
  return 'protocol' in parsed && parsed.protocol === 'tcp'
}

/** Splits a router's entry points into those that exist and those that do not, each of these with the nearest name. */
export function chooseEntryPoints(
  plan: Pick<EntryPointPlan, 'names' | 'defaults'>,
  named: readonly string[],
): { valid: string[]; unknown: UnknownEntryPoint[] } {
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
 * A router on several entry points of which some add something becomes several: one for each of those, and one for all
 * the others under the old name.
 */
export function splitRouter({ models }: EntryPointPlan, entryPoints: readonly string[]): RouterPart[] {
  const plain = entryPoints.filter((name) => !models.has(name))
  const [only] = entryPoints
  if (entryPoints.length === 1 && only !== undefined) return [{ entryPoints, model: models.get(only) ?? NOTHING }]
  const parts = entryPoints.flatMap((name): RouterPart[] => {
    const model = models.get(name)
    return model === undefined ? [] : [{ prefix: name, entryPoints: [name], model }]
  })
  return plain.length > 0 ? [{ entryPoints: plain, model: NOTHING }, ...parts] : parts
}
