import type { SnapshotRouter } from '../config/snapshot.ts'

/** Puts routers in an order in which each comes before its parents. Goes round no circle, though nothing in one is in order. */
export function bottomUp(routers: ReadonlyMap<string, SnapshotRouter>): string[] {
  const seen = new Set<string>()
  const topDown: string[] = []
  const visit = (name: string): void => {
    const router = routers.get(name)
    if (router === undefined || seen.has(name)) return
    seen.add(name)
    router.parents?.forEach(visit)
    topDown.push(name)
  }
  for (const name of routers.keys()) visit(name)
  return topDown.reverse()
}
