import type { Dispatch } from '../dispatch/dispatch.ts'
import type { BuildContext } from './build-context.ts'
import type { BuildMemory, LiveTable } from './build-memory.ts'
import { tableKey } from './route-changes.ts'
import { noRouter, routeTo } from './route-to.ts'
import { RouterTable } from './router-table.ts'
import type { RouteChanges } from './table-change.ts'

/** What entry points do with requests of one kind, and what makes it so. */
export interface ChangedTrees {
  readonly trees: ReadonlyMap<string, Dispatch>
  readonly commits: readonly (() => void)[]
}

/** Changes the tables of all entry points, each where it stands; an entry point has the same table from build to build. */
export function* changedTrees(
  kind: 'clear' | 'secure',
  changes: ReadonlyMap<string, RouteChanges>,
  { memory, context }: { readonly memory: BuildMemory; readonly context: Pick<BuildContext, 'entryPoints' | 'observer'> },
): Generator<void, ChangedTrees> {
  const trees = new Map<string, Dispatch>()
  const commits: (() => void)[] = []
  for (const entryPoint of context.entryPoints) {
    const key = tableKey(kind, entryPoint)
    const { table, dispatch } = memory.tables.get(key) ?? newTable(entryPoint, context)
    memory.tables.set(key, { table, dispatch })
    const own = changes.get(key)
    if (own !== undefined) commits.push(yield* table.change(own))
    trees.set(entryPoint, dispatch)
  }
  return { trees, commits }
}

function newTable(entryPoint: string, { observer }: Pick<BuildContext, 'observer'>): LiveTable {
  const table = new RouterTable()
  return { table, dispatch: routeTo(table, observer?.unrouted(entryPoint, noRouter)) }
}
