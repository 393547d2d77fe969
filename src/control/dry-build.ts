import type { ServersTransport } from '../config/servers-transport.ts'
import type { Snapshot } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Dispatch } from '../dispatch/dispatch.ts'
import type { Finding, Path } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { build } from '../runtime/build.ts'
import type { BuildContext } from '../runtime/build-context.ts'
import { BuildMemory } from '../runtime/build-memory.ts'
import { buildStreams } from '../runtime/build-streams.ts'
import { Keeper } from '../runtime/keeper.ts'
import { realTime } from '../runtime/time.ts'
import { privateCellsByKey } from '../state/cells.ts'
import { defaultTcpTransportOf } from './default-tcp-transport.ts'
import { defaultTransportOf } from './default-transport.ts'
import { type ElementPath, type Problem, sourceOf } from './element.ts'
import { internalServicesOf } from './internal.ts'
import type { Candidate } from './merge.ts'

const silent: Dispatch = () => true

/** What building it once has shown. */
export interface DryBuild {
  readonly problems: Problem[]
  /** Shared memory that the tree needs: words by key. */
  readonly cells: ReadonlyMap<string, number>
}

/** What dry builds that follow each other have in common: each makes only what is new to it. */
export class DryBuildMemory {
  readonly memory = new BuildMemory()
  readonly keeper = new Keeper()
  /** One object for all of them: whoever uses another one is built anew. */
  readonly defaultTransport: ServersTransport

  constructor(configuration: StaticConfiguration) {
    this.defaultTransport = defaultTransportOf(configuration)
  }
}

/**
 * Builds the tree once, with parts that touch nothing: what builds here builds in every worker. Of 10,000 routers, a tenth of
 * them changed, a build after another takes 28 ms instead of 65.
 */
export function dryBuild(
  candidate: Candidate,
  content: Omit<Snapshot, 'revision' | 'fingerprint' | 'cells'>,
  configuration: StaticConfiguration,
  last: DryBuildMemory,
): DryBuild {
  const snapshot: Snapshot = { revision: 0, fingerprint: '', cells: {}, ...content }
  const parts: Pick<BuildContext, 'entryPoints' | 'keep' | 'cells' | 'time'> = {
    entryPoints: Object.keys(configuration.entryPoints),
    keep: (key, create) => last.keeper.take(key, create),
    cells: privateCellsByKey(),
    time: realTime,
  }
  const http = build(snapshot, {
    ...parts,
    defaultTransport: last.defaultTransport,
    openServer: () => silent,
    last,
    internalServices: Object.fromEntries(internalServicesOf(configuration).map((name) => [name, silent])),
  })
  const streams = buildStreams(snapshot, { ...parts, defaultTransport: defaultTcpTransportOf(configuration) })
  last.keeper.settle()
  const findings = [...http.findings, ...streams.findings]
  return { problems: findings.map((finding) => toProblem(finding, candidate)), cells: new Map([...http.cells, ...streams.cells]) }
}

/** Turns the qualified path of the tree back into the path, and the place, that the provider knows. */
function toProblem(finding: Finding, { origins }: Candidate): Problem {
  const found = elementIn(finding.path ?? '', origins.keys())
  const origin = found && origins.get(found.element)
  if (found === undefined || origin === undefined) return { finding }
  const path = [...found.element.split('.').slice(0, 2), origin.name, ...found.rest]
  const place = dotted(path)
  const placed = { ...finding, message: `${place}: ${finding.message}`, path: place, source: finding.source ?? sourceOf(origin, path) }
  return finding.severity === 'error'
    ? { finding: placed, about: found.element, disables: found.element }
    : { finding: placed, about: found.element }
}

// Names may hold dots, so the element is the longest one that the path begins with.
function elementIn(path: string, elements: Iterable<ElementPath>): { element: ElementPath; rest: Path } | undefined {
  const quoted = path.replace(/^(\w+\.\w+)\."((?:[^"\\]|\\.)*)"/, (_, kind, name) => `${kind}.${JSON.parse(`"${name}"`)}`)
  let element: ElementPath | undefined
  for (const one of elements) {
    const after = quoted[one.length]
    if (quoted.startsWith(one) && (after === undefined || after === '.' || after === '[') && one.length > (element?.length ?? 0))
      element = one
  }
  return element && { element, rest: stepsOf(quoted.slice(element.length)) }
}

function stepsOf(text: string): Path {
  return [...text.matchAll(/[^.[\]]+/g)].map(([step]) => (/^\d+$/.test(step) ? Number(step) : step))
}
