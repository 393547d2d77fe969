import type { Route } from './router-table.ts'

/** What is to leave a list of routes and what is to join it. */
export interface RouteChanges {
  readonly gone: Route[]
  readonly come: Route[]
}

/** The changes of a table by the hosts for which their routes can hold. */
export class ChangesByHost {
  readonly byDomain = new Map<string, RouteChanges>()
  readonly bySuffix = new Map<string, RouteChanges>()
  readonly anyHost: RouteChanges = noChanges()

  /** Rests now and then. */
  static *steps(changes: RouteChanges, stride: number): Generator<void, ChangesByHost> {
    const sorted = new ChangesByHost()
    for (const side of ['gone', 'come'] as const) {
      for (const [index, route] of changes[side].entries()) {
        sorted.#add(side, route)
        if (index % stride === stride - 1) yield
      }
    }
    return sorted
  }

  #add(side: keyof RouteChanges, route: Route): void {
    const { hosts } = route.rule
    if (hosts === undefined) this.anyHost[side].push(route)
    else for (const { text, isExact } of hosts) changesOf(isExact ? this.byDomain : this.bySuffix, text)[side].push(route)
  }
}

function noChanges(): RouteChanges {
  return { gone: [], come: [] }
}

/** The changes under a key, which begin with none. */
export function changesOf(map: Map<string, RouteChanges>, key: string): RouteChanges {
  const known = map.get(key)
  if (known !== undefined) return known
  const changes = noChanges()
  map.set(key, changes)
  return changes
}
