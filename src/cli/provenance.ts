import { isDeepStrictEqual } from 'node:util'
import { type LoadedStatic, type LoadStaticOptions, loadStatic } from '../config/load.ts'
import { bareName, providerOf } from '../config/reference.ts'
import type { Said } from '../control/aggregator.ts'
import type { Path, Source } from '../findings/finding.ts'
import { describeSource } from '../findings/render-text.ts'
import { sourceFromHere } from './report.ts'

/** Names the source of a leaf of the effective configuration, and the one that it overrides. */
export type Provenance = (path: Path) => string

/** Finds out where every leaf came from. */
export async function provenanceOf(loaded: LoadedStatic, said: Said, options: LoadStaticOptions): Promise<Provenance> {
  const lower = await weakerSources(options)
  return ([half, ...path]) => {
    const source = half === 'static' ? loaded.provenance(path) : dynamicSource(said, path)
    if (source === undefined) return describe({ kind: 'default' })
    const beaten = half === 'static' && (source.kind === 'env' || source.kind === 'flag') ? overridden(source, path, lower) : undefined
    return `${describe(source)}${beaten === undefined ? '' : ` (overrides ${describe(beaten)})`}`
  }
}

/** The same configuration as it would be without its strongest sources, one less each time. */
function weakerSources(options: LoadStaticOptions): Promise<LoadedStatic[]> {
  const without = (prefixes: readonly string[]) =>
    Object.fromEntries(Object.entries(options.env).filter(([name]) => !prefixes.some((prefix) => name.startsWith(prefix))))
  const environments = [options.env, without(['GATEWAY_']), without(['GATEWAY_', 'TRAEFIK_'])]
  return Promise.all(environments.map((env) => loadStatic({ ...options, argv: [], env })))
}

function overridden(winner: Source, path: Path, lower: readonly LoadedStatic[]): Source | undefined {
  const sources = lower.map(({ provenance }) => provenance(path))
  return sources.find((source) => source !== undefined && source.kind !== 'default' && !isDeepStrictEqual(source, winner))
}

function dynamicSource(said: Said, [http = '', kind = '', name, ...rest]: Path): Source | undefined {
  const qualified = String(name)
  const provider = providerOf(qualified)
  const locate = said.get(provider)?.locate
  if (locate === undefined) return undefined
  const path = [http, kind, bareName(qualified), ...rest]
  const source = locate(path, 'value')
  const around = path.map((_, length) => locate(path.slice(0, length), 'key'))
  // Some providers know no places at all.
  if (source === undefined && around.every((other) => other === undefined)) return { kind: 'provider', provider }
  // A value that nobody wrote is answered with the place of the nearest thing around it.
  return around.some((other) => isDeepStrictEqual(other, source)) ? undefined : source
}

function describe(source: Source): string {
  const text = describeSource(sourceFromHere(source))
  if (source.kind === 'flag') return `flag ${text}`
  return source.kind === 'env' ? `env ${text}` : text
}
