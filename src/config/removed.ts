import type { Finding, FindingCode, Path, Source } from '../findings/finding.ts'
import type { Locate } from '../findings/from-issues.ts'
import { dotted } from '../findings/path.ts'
import type { FlatEntry } from '../schema/index.ts'
import { isTree } from '../schema/tree.ts'

/** An option that Traefik has or had and that cannot be set here. */
export interface Removed {
  /** The lower-case keys that lead to it; `*` stands for any one. */
  readonly steps: readonly string[]
  readonly code: FindingCode
  readonly problem: string
  readonly hint: string
}

const stepsOf = (pattern: string): string[] => pattern.toLowerCase().split('.')

const gone = (pattern: string, hint: string): Removed => ({
  steps: stepsOf(pattern),
  code: 'GTW_UNKNOWN_KEY',
  problem: 'was removed',
  hint,
})

const notInstalled = (name: string): Removed => ({
  steps: ['providers', name.toLowerCase()],
  code: 'GTW_UNKNOWN_PROVIDER',
  problem: 'is a provider that is not installed',
  hint: `install its plugin: \`gateway plugins install @gateway/provider-${name.toLowerCase()}\``,
})

const dynamic = (root: string): Removed => ({
  steps: [root],
  code: 'GTW_UNKNOWN_KEY',
  problem: 'belongs to the dynamic configuration',
  hint: 'move it to a file of its own, and name that file in `providers.file.filename`',
})

/** Providers that Traefik has; one that is installed here brings its own section. */
const KNOWN_PROVIDERS = [
  'docker',
  'swarm',
  'file',
  'consul',
  'consulCatalog',
  'etcd',
  'redis',
  'zooKeeper',
  'http',
  'rest',
  'nomad',
  'ecs',
  'kubernetesIngress',
  'kubernetesCRD',
  'kubernetesGateway',
  'kubernetesIngressNGINX',
  'knative',
  'plugin',
]

const REMOVED: readonly Removed[] = [
  gone('pilot', 'Traefik Pilot has ended; leave the section out'),
  gone('providers.marathon', 'Marathon has ended; use another provider'),
  gone('providers.rancher', 'use `providers.kubernetesCRD` or `providers.docker`'),
  gone('providers.docker.swarmMode', 'use `providers.swarm`'),
  gone('providers.*.tls.caOptional', 'leave it out: it has no effect'),
  gone('providers.consul.namespace', 'use `providers.consul.namespaces`'),
  gone('providers.consulCatalog.namespace', 'use `providers.consulCatalog.namespaces`'),
  gone('providers.nomad.namespace', 'use `providers.nomad.namespaces`'),
  gone('experimental.http3', 'use `entryPoints.<name>.http3`'),
  ...['jaeger', 'zipkin', 'datadog', 'instana', 'haystack', 'elastic'].map((name) => gone(`tracing.${name}`, 'use `tracing.otlp`')),
  gone('tracing.spanNameLimit', 'leave it out: names of spans are not cut'),
]

/** Roots of the dynamic configuration, which people look for here. */
const DYNAMIC = ['http', 'tcp', 'udp', 'tls'].map(dynamic)

/** Removed options that were roots of the vocabulary. */
export const REMOVED_ROOTS: ReadonlySet<string> = new Set(REMOVED.flatMap(({ steps }) => (steps.length === 1 ? steps : [])))

/** The rows that hold where these providers are installed. */
export function removedOptions(installed: readonly string[]): readonly Removed[] {
  const lower = new Set(installed.map((name) => name.toLowerCase()))
  return [...REMOVED, ...DYNAMIC, ...KNOWN_PROVIDERS.filter((name) => !lower.has(name.toLowerCase())).map(notInstalled)]
}

/** Takes removed options out of a document, so that each is one finding and not a row of unknown keys. */
export function withoutRemoved(
  tree: unknown,
  rows: readonly Removed[],
  locate: Locate,
): { readonly tree: unknown; readonly findings: Finding[] } {
  const findings: Finding[] = []
  const prune = (value: unknown, path: Path): unknown => {
    if (!isTree(value)) return value
    const kept = Object.entries(value).flatMap(([key, child]) => {
      const place = [...path, key]
      const row = rowAt(rows, place)
      if (row === undefined) return [[key, prune(child, place)]]
      findings.push(toFinding(row, place, locate(place, 'key')))
      return []
    })
    return Object.fromEntries(kept)
  }
  return { tree: prune(tree, []), findings }
}

/** The same for flags and variables: several of them below one removed option are one finding. */
export function withoutRemovedEntries(
  entries: readonly FlatEntry[],
  rows: readonly Removed[],
): { readonly entries: readonly FlatEntry[]; readonly findings: readonly Finding[] } {
  const findings = new Map<string, Finding>()
  const kept = entries.filter(({ path, source }) => {
    const prefix = path.map((_, index) => path.slice(0, index + 1)).find((steps) => rowAt(rows, steps) !== undefined)
    const row = prefix && rowAt(rows, prefix)
    if (prefix === undefined || row === undefined) return true
    const name = dotted(prefix).toLowerCase()
    if (!findings.has(name)) findings.set(name, toFinding(row, prefix, source))
    return false
  })
  return { entries: kept, findings: [...findings.values()] }
}

function rowAt(rows: readonly Removed[], path: Path): Removed | undefined {
  const place = path.map((step) => String(step).toLowerCase())
  return rows.find(({ steps }) => steps.length === place.length && steps.every((step, index) => step === '*' || step === place[index]))
}

function toFinding({ code, problem, hint }: Removed, path: Path, source: Source | undefined): Finding {
  const name = dotted(path)
  return { code, severity: 'error', message: `${name} ${problem}`, path: name, hint, ...(source === undefined ? {} : { source }) }
}
