import type { Origin, Problem } from './element.ts'
import { noEntryPoint, unknownEntryPoint } from './problems.ts'
import { chooseEntryPoints, type EntryPointPlan } from './router-entry-points.ts'

/** Who names entry points, and which there are. */
interface Place {
  readonly plan: Pick<EntryPointPlan, 'names' | 'defaults'>
  readonly origin: Origin
}

/** The entry points of a router that exist, and what is wrong with the others. */
export function checkEntryPoints(router: { readonly entryPoints: readonly string[] }, { plan, origin }: Place) {
  const { valid, unknown } = chooseEntryPoints(plan, router.entryPoints)
  const problems = unknown.map((one): Problem => unknownEntryPoint(origin, one, valid.length > 0))
  if (valid.length === 0 && unknown.length === 0) problems.push(noEntryPoint(origin))
  return { valid, problems }
}
