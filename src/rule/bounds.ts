/** A set of texts: one text, or all that share a beginning (a path) or an end (a host). */
export interface Bound {
  readonly text: string
  readonly isExact: boolean
}

/** Where a condition can hold: in none but these sets; undefined where it may hold anywhere. */
export type Bounds = readonly Bound[] | undefined

/** What two sets have in common, undefined where that is nothing. */
type Meet = (one: Bound, other: Bound) => Bound | undefined

/** Paths: one, or all that start with a text. */
export function meetPaths(one: Bound, other: Bound): Bound | undefined {
  if (one.isExact && other.isExact) return one.text === other.text ? one : undefined
  // The longer text is the narrower set, unless it is a prefix of which the other one is too short for.
  const [narrow, wide] = one.isExact || (!other.isExact && one.text.length >= other.text.length) ? [one, other] : [other, one]
  return narrow.text.startsWith(wide.text) ? narrow : undefined
}

/** Hosts: one, or all that put one label before a text that starts with a dot. */
export function meetHosts(one: Bound, other: Bound): Bound | undefined {
  if (one.isExact === other.isExact) return one.text === other.text ? one : undefined
  const [narrow, wide] = one.isExact ? [one, other] : [other, one]
  return isOneLabelBelow(narrow.text, wide.text) ? narrow : undefined
}

/** Whether a domain is one label and then the suffix, which starts with a dot. */
export function isOneLabelBelow(domain: string, suffix: string): boolean {
  const dot = domain.indexOf('.')
  return dot > 0 && domain.length - dot === suffix.length && domain.endsWith(suffix)
}

/** Where two conditions hold at once. */
export function intersect(one: Bounds, other: Bounds, meet: Meet): Bounds {
  if (one === undefined || other === undefined) return one ?? other
  return unique(one.flatMap((first) => other.flatMap((second) => meet(first, second) ?? [])))
}

/** Where any of several conditions holds. */
export function unite(all: readonly Bounds[]): Bounds {
  const united: Bound[] = []
  for (const bounds of all) {
    if (bounds === undefined) return undefined
    united.push(...bounds)
  }
  return unique(united)
}

function unique(bounds: readonly Bound[]): readonly Bound[] {
  return [...new Map(bounds.map((bound) => [`${bound.isExact}${bound.text}`, bound])).values()]
}
