import type { ElementKind, ElementPath } from './element.ts'

/** One element refers to another one by its qualified name. */
export interface Reference<Place> {
  readonly kind: ElementKind
  readonly name: string
  readonly to: ElementPath
  readonly place: Place
}

/** Why an element cannot be used on account of what it refers to. */
export type Break<Place> =
  | { readonly element: ElementPath; readonly why: 'unknown' | 'broken'; readonly reference: Reference<Place> }
  /** The elements of the circle in order, the first one again at the end. */
  | { readonly element: ElementPath; readonly why: 'cycle'; readonly reference: Reference<Place>; readonly circle: readonly ElementPath[] }

export interface Graph<Place> {
  /** Every element that could be used, with what it refers to. */
  readonly references: ReadonlyMap<ElementPath, readonly Reference<Place>[]>
  /** Whether an element was defined and is disabled. */
  readonly isDisabled: (path: ElementPath) => boolean
  /** Whether an element exists although nobody configured it. */
  readonly isBuiltIn: (path: ElementPath) => boolean
}

/** Finds every element that refers to what does not exist, to what is disabled (itself or through others), or round in a circle. */
export function findBreaks<Place>(graph: Graph<Place>): Break<Place>[] {
  const visited = new Map<ElementPath, boolean>()
  const breaks: Break<Place>[] = []
  for (const element of graph.references.keys()) visit(element, [])
  return breaks

  /** Whether the element can be used. */
  function visit(element: ElementPath, trail: readonly ElementPath[]): boolean {
    const known = visited.get(element)
    if (known !== undefined) return known
    const found = (graph.references.get(element) ?? []).flatMap((reference) => follow(element, reference, [...trail, element]))
    breaks.push(...found)
    visited.set(element, found.length === 0)
    return found.length === 0
  }

  function follow(element: ElementPath, reference: Reference<Place>, trail: readonly ElementPath[]): Break<Place>[] {
    const { to } = reference
    if (graph.isBuiltIn(to)) return []
    if (graph.isDisabled(to)) return [{ element, why: 'broken', reference }]
    if (!graph.references.has(to)) return [{ element, why: 'unknown', reference }]
    const start = trail.indexOf(to)
    if (start !== -1) return [{ element, why: 'cycle', reference, circle: [...trail.slice(start), to] }]
    return visit(to, trail) ? [] : [{ element, why: 'broken', reference }]
  }
}
