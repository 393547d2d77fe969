import type { Finding, Source } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { quote } from '../findings/show.ts'
import { nearest } from '../findings/suggest.ts'
import type { FlatEntry } from '../schema/index.ts'
import { type Labels, prefixesOf } from './exposure.ts'

/** What the labels of one item say, in the order of their names. */
export interface SaidLabels {
  readonly entries: readonly FlatEntry[]
  readonly findings: readonly Finding[]
  /** Elements, or what is around them, to which something belongs that labels cannot say. */
  readonly broken: readonly (readonly string[])[]
}

/** First words of labels that say something about the item and are no configuration. */
const OWN_ROOTS = ['enable', 'docker', 'swarm', 'ecs', 'consulcatalog', 'nomad']
const ROOTS = ['http', 'tcp', 'udp', 'tls']

/** Finds the labels of the gateway and splits their names; `ownRoots` are the first words of what the provider reads itself. */
export function readLabels(
  { name, labels }: { readonly name: string; readonly labels: Labels },
  { prefix, ownRoots = [] }: { readonly prefix?: string | undefined; readonly ownRoots?: readonly string[] | undefined },
): SaidLabels {
  const said: { entries: FlatEntry[]; findings: Finding[]; broken: (readonly string[])[] } = { entries: [], findings: [], broken: [] }
  const ours = withoutOverridden(ownLabels(labels, prefixesOf(prefix)), name, said.findings)
  for (const { key, path } of ours) {
    const source: Source = { kind: 'label', item: name, label: key }
    const root = path[0]?.toLowerCase() ?? ''
    if (OWN_ROOTS.includes(root) || ownRoots.includes(root)) continue
    if (!ROOTS.includes(root)) {
      said.findings.push(unknownRoot(key, path, source))
      continue
    }
    const refusal = refusalOf(path.map((step) => step.toLowerCase()))
    if (refusal === undefined) said.entries.push({ path, value: labels[key] ?? '', source })
    else {
      said.findings.push(refused(path, source, refusal))
      said.broken.push(path.slice(0, 3))
    }
  }
  return said
}

interface OwnLabel {
  readonly key: string
  /** The place of its prefix among all. */
  readonly rank: number
  readonly path: readonly string[]
}

function ownLabels(labels: Labels, prefixes: readonly string[]): OwnLabel[] {
  const own: OwnLabel[] = []
  for (const key of Object.keys(labels)) {
    const lower = key.toLowerCase()
    const rank = prefixes.findIndex((prefix) => lower.startsWith(prefix))
    if (rank !== -1) own.push({ key, rank, path: key.slice(prefixes[rank]?.length).split('.') })
  }
  return own.sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Where two prefixes speak of the same thing, what the second one says is left out. */
function withoutOverridden(own: readonly OwnLabel[], item: string, findings: Finding[]): readonly OwnLabel[] {
  const first = own.filter(({ rank }) => rank === 0)
  if (first.length === 0 || first.length === own.length) return own
  const winners = new Map(first.map((label) => [thingOf(label), label.key]))
  return own.filter((label) => {
    const winner = label.rank === 0 ? undefined : winners.get(thingOf(label))
    if (winner !== undefined) findings.push(overridden(label, winner, item))
    return winner === undefined
  })
}

// Two spellings of one list are the same thing, too.
function thingOf({ path }: OwnLabel): string {
  return path
    .join('.')
    .toLowerCase()
    .replace(/(?:\[\d+\]|\.\d+)$/, '')
}

function overridden({ key, path }: OwnLabel, winner: string, item: string): Finding {
  return {
    code: 'GTW_OVERRIDDEN',
    severity: 'warning',
    message: `the label ${quote(key)} is not read: ${quote(winner)} speaks of the same thing`,
    path: dotted(path),
    source: { kind: 'label', item, label: key },
  }
}

function unknownRoot(key: string, path: readonly string[], source: Source): Finding {
  const [root = ''] = path
  const suggestion = nearest(root, [...ROOTS, ...OWN_ROOTS])
  const start = key.slice(0, key.length - path.join('.').length + root.length)
  return {
    code: 'GTW_UNKNOWN_KEY',
    // What resembles nothing is most likely meant for someone else: a constraint, a script.
    severity: suggestion === undefined ? 'info' : 'warning',
    message: `labels that begin with ${quote(start)} are not read`,
    source,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

const IN_A_FILE = 'define it with a provider that can, for instance in a file'

/** What to do instead of a label that must not be: an item speaks about itself, not about files, transports and other services. */
function refusalOf([protocol, kind, name, field = '', option = '']: readonly string[]): string | undefined {
  if (protocol === 'tls') return kind === 'stores' && name === 'default' && field === 'defaultgeneratedcert' ? undefined : IN_A_FILE
  if (kind === 'serverstransports') return IN_A_FILE
  if (kind === 'routers') return /^parentrefs\b/.test(field) ? IN_A_FILE : undefined
  if (kind !== 'services') return undefined
  if (['weighted', 'mirroring', 'failover', 'highestrandomweight'].includes(field)) return IN_A_FILE
  const isList = field === 'loadbalancer' && /^servers\b/.test(option)
  return isList ? 'a service has one server here, the item itself: say `loadbalancer.server.port` or `loadbalancer.server.url`' : undefined
}

function refused(path: readonly string[], source: Source, hint: string): Finding {
  return {
    code: 'GTW_UNKNOWN_KEY',
    severity: 'error',
    message: `${dotted(path)} cannot be said with labels`,
    path: dotted(path),
    source,
    hint,
  }
}
