import type { Router } from '../config/dynamic.ts'
import { providerOf, qualify } from '../config/reference.ts'
import type { Said } from './aggregator.ts'
import { type ElementPath, elementPath, type Origin, ownName, type Problem } from './element.ts'
import { INTERNAL } from './internal.ts'
import type { CandidateRouter } from './merge.ts'
import { missing, onlyWithoutParents, serviceOfParent } from './problems.ts'
import type { RouterPart } from './router-entry-points.ts'

/** Which routers name which others as their parents, by the names that users gave them. */
export interface ParentRefs {
  /** Children with what they name, in their order; also those that are disabled, as a parent stays one without them. */
  readonly byChild: ReadonlyMap<string, readonly string[]>
  readonly named: ReadonlySet<string>
}

/** How routers stand above and below each other. */
export interface Layers {
  readonly refs: ParentRefs['byChild']
  /** Who can be named: each router of users by the name they gave it, with the names under which it is live. */
  readonly copies: ReadonlyMap<string, readonly string[]>
  /** Children by the live name of a parent. */
  readonly children: ReadonlyMap<string, readonly string[]>
}

/** The routers that are being merged. */
interface LayerDraft {
  readonly routers: Map<string, CandidateRouter>
  readonly origins: ReadonlyMap<ElementPath, Origin>
}

/** What a child gets from entry points: nothing, whatever its parents get. */
export const CHILD_PART: RouterPart = { entryPoints: [], model: { middlewares: [], deniedCharacters: [] } }

/** Options that only routers without parents have. */
const WITHOUT_PARENTS = ['entryPoints', 'tls', 'observability'] as const

/** Reads who names whom; nobody can take the gateway's own routers away from their services. */
export function parentRefsOf(said: Said): ParentRefs {
  const byChild = new Map<string, readonly string[]>()
  for (const [provider, { configuration }] of said) {
    for (const [name, { parentRefs }] of Object.entries(configuration.http.routers)) {
      if (parentRefs === undefined) continue
      const refs = parentRefs.map((ref) => qualify(ref, provider))
      byChild.set(ownName({ name, provider }), refs)
    }
  }
  return { byChild, named: new Set([...byChild.values()].flat().filter((name) => providerOf(name) !== INTERNAL)) }
}

/** Finds what does not fit together in one router: a leaf has a service, a parent has none, and a child is where its parents are. */
export function checkLayer(router: Router, isParent: boolean, origin: Origin): Problem[] {
  const isChild = router.parentRefs !== undefined
  const problems: Problem[] = []
  if (!router.service && !isParent) problems.push(missing(origin, 'service'))
  if (router.service && isParent) problems.push(serviceOfParent(origin, isChild))
  if (!isChild) return problems
  for (const field of WITHOUT_PARENTS) if (isGiven(router[field])) problems.push(onlyWithoutParents(origin, field))
  return problems
}

function isGiven(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined
}

/** Tells every child its parents by the names under which they are live: a child belongs to all copies of its parent. */
export function settleLayers({ routers, origins }: LayerDraft, { byChild }: ParentRefs): Layers {
  const children = new Map<string, string[]>()
  if (byChild.size === 0) return { refs: byChild, copies: new Map(), children }
  const copies = copiesOf({ routers, origins })
  for (const [child, refs] of byChild) {
    const parents = [...new Set(refs.flatMap((name) => copies.get(name) ?? []))]
    for (const parent of parents) append(children, parent, child)
    const router = routers.get(child)
    if (router !== undefined) routers.set(child, { ...router, parents })
  }
  return { refs: byChild, copies, children }
}

function copiesOf({ routers, origins }: LayerDraft): Map<string, string[]> {
  const prefix = elementPath('routers', '')
  const copies = new Map<string, string[]>()
  for (const [path, origin] of origins) {
    if (!path.startsWith(prefix) || origin.provider === INTERNAL) continue
    const live = path.slice(prefix.length)
    append(copies, ownName(origin), ...(routers.has(live) ? [live] : []))
  }
  return copies
}

function append(lists: Map<string, string[]>, name: string, ...items: readonly string[]): void {
  const list = lists.get(name)
  if (list === undefined) lists.set(name, [...items])
  else list.push(...items)
}
