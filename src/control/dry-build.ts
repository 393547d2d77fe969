import type { Snapshot } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Dispatch } from '../dispatch/dispatch.ts'
import type { Finding, Path } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { build } from '../runtime/build.ts'
import { defaultTransportOf } from './default-transport.ts'
import { type ElementPath, type Problem, sourceOf } from './element.ts'
import { INTERNAL_SERVICES } from './internal.ts'
import type { Candidate } from './merge.ts'

const silent: Dispatch = () => true

/** Builds the tree once, with parts that touch nothing: what builds here builds in every worker. */
export function dryBuild(
  candidate: Candidate,
  content: Omit<Snapshot, 'revision' | 'fingerprint'>,
  configuration: StaticConfiguration,
): Problem[] {
  const { findings } = build(
    { revision: 0, fingerprint: '', ...content },
    {
      entryPoints: Object.keys(configuration.entryPoints),
      defaultTransport: defaultTransportOf(configuration),
      openServer: () => silent,
      keep: (_key, create) => create(),
      internalServices: Object.fromEntries(INTERNAL_SERVICES.map((name) => [name, silent])),
    },
  )
  return findings.map((finding) => toProblem(finding, candidate))
}

/** Turns the qualified path of the tree back into the path, and the place, that the provider knows. */
function toProblem(finding: Finding, { origins }: Candidate): Problem {
  const found = elementIn(finding.path ?? '', origins.keys())
  const origin = found && origins.get(found.element)
  if (found === undefined || origin === undefined) return { finding }
  const path = ['http', found.element.split('.')[1] ?? '', origin.name, ...found.rest]
  const place = dotted(path)
  const placed = { ...finding, message: `${place}: ${finding.message}`, path: place, source: finding.source ?? sourceOf(origin, path) }
  return finding.severity === 'error' ? { finding: placed, disables: found.element } : { finding: placed }
}

// Names may hold dots, so the element is the longest one that the path begins with.
function elementIn(path: string, elements: Iterable<ElementPath>): { element: ElementPath; rest: Path } | undefined {
  const quoted = path.replace(/^http\.(\w+)\."((?:[^"\\]|\\.)*)"/, (_, kind, name) => `http.${kind}.${JSON.parse(`"${name}"`)}`)
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
