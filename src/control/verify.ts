import type { Snapshot, SnapshotContent, SnapshotRouter } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Finding, FindingCode } from '../findings/finding.ts'
import type { Said } from './aggregator.ts'
import { dryBuild } from './dry-build.ts'
import { type ElementKind, elementPath, type Problem, type Protocol } from './element.ts'
import { hideIn } from './expanded-message.ts'
import { canonicalText, fingerprint, fingerprintOfElements } from './fingerprint.ts'
import { type Candidate, type CandidateRouter, merge } from './merge.ts'
import type { StreamCandidate } from './merge-streams.ts'
import { checkReferences } from './references.ts'
import { shareElements } from './share-elements.ts'

/** What of all that providers said can go live, and what is wrong with the rest. */
export interface Verified {
  /** Its revision is 0 until it is published. */
  readonly snapshot: Snapshot
  readonly findings: readonly Finding[]
  /** Elements that are left out, by path with the qualified name (`http.routers.app@file`), each with the reasons. */
  readonly disabled: ReadonlyMap<string, readonly Finding[]>
  /** Shared memory that it needs: words by key. */
  readonly cells: ReadonlyMap<string, number>
}

/**
 * Joins what providers said and leaves out whatever would not work in a worker: references are followed, and the tree is
 * built once with parts that touch nothing. What is wrong with one element never takes along one that does not need it.
 * `last` is what came of an earlier check, whose objects serve again wherever nothing has changed.
 */
export function verify(said: Said, configuration: StaticConfiguration, last?: SnapshotContent): Verified {
  const candidate = merge(said, configuration)
  const { problems: merged } = candidate
  const referring = checkReferences(candidate, disabledBy(merged), configuration)
  // An element that refers to nothing is built all the same: what else is wrong with it should be known at once, too.
  const endless = referring.filter(({ finding }) => finding.code === 'GTW_CYCLE')
  const { problems: building, cells } = dryBuild(candidate, snapshotOf(candidate, disabledBy([...merged, ...endless])), configuration)
  const causes = [...merged, ...referring, ...building.filter(({ finding }) => !REFERENCE_CODES.has(finding.code))]
  const effects = [...causes, ...checkReferences(candidate, disabledBy(causes), configuration)]
  const explained = disabledBy(effects)
  const all = [...effects, ...building.filter(({ disables }) => disables !== undefined && !explained.has(disables))]
  const problems = hideReferences(all, said)
  return { ...toVerified(shareElements(snapshotOf(candidate, disabledBy(problems)), last), problems), cells }
}

/** What a reference stands for may be a secret: no finding shows it. */
function hideReferences(problems: readonly Problem[], said: Said): readonly Problem[] {
  const references = new Map([...said.values()].flatMap((word) => [...word.references]))
  if (references.size === 0) return problems
  return problems.map(({ finding, ...rest }) => ({ finding: { ...finding, message: hideIn(finding.message, references) }, ...rest }))
}

/** What the references know better than the build: they have the exact place. */
const REFERENCE_CODES: ReadonlySet<FindingCode> = new Set([
  'GTW_BROKEN_REFERENCE',
  'GTW_UNKNOWN_SERVICE',
  'GTW_UNKNOWN_MIDDLEWARE',
  'GTW_UNKNOWN_TRANSPORT',
])

function toVerified(content: SnapshotContent, problems: readonly Problem[]): Omit<Verified, 'cells'> {
  const findings = new Map(problems.map(({ finding }) => [fingerprint(finding), finding]))
  return {
    snapshot: { revision: 0, fingerprint: fingerprintOf(content), cells: {}, ...content },
    findings: [...findings.values()],
    disabled: disabledBy(problems),
  }
}

function fingerprintOf({ tls, streams, ...records }: SnapshotContent): string {
  const parts = Object.entries<Readonly<Record<string, object>>>({ ...records, ...streams }).map(([kind, elements]) => [
    kind,
    fingerprintOfElements(elements),
  ])
  return fingerprint([...parts, tls === undefined ? '' : canonicalText(tls)])
}

function disabledBy(problems: readonly Problem[]): Map<string, Finding[]> {
  const disabled = new Map<string, Finding[]>()
  for (const { finding, disables } of problems) {
    if (disables === undefined) continue
    const reasons = disabled.get(disables)
    if (reasons === undefined) disabled.set(disables, [finding])
    else reasons.push(finding)
  }
  return disabled
}

function snapshotOf(candidate: Candidate, disabled: ReadonlyMap<string, unknown>): SnapshotContent {
  const usable: Usable = (kind, elements, protocol) => [...elements].filter(([name]) => !disabled.has(elementPath(kind, name, protocol)))
  return {
    routers: Object.fromEntries(usable('routers', candidate.routers).map(([name, router]) => [name, toSnapshotRouter(router)])),
    services: Object.fromEntries(usable('services', candidate.services)),
    middlewares: Object.fromEntries(usable('middlewares', candidate.middlewares)),
    serversTransports: Object.fromEntries(usable('serversTransports', candidate.serversTransports)),
    ...(candidate.tls === undefined ? {} : { tls: candidate.tls }),
    ...streamsOf(candidate.streams, usable),
  }
}

type Usable = <Element>(kind: ElementKind, elements: ReadonlyMap<string, Element>, protocol?: Protocol) => [string, Element][]

function streamsOf(candidate: StreamCandidate, usable: Usable): Pick<Snapshot, 'streams'> {
  if (Object.values(candidate).every(({ size }) => size === 0)) return {}
  const streams = {
    tcpRouters: Object.fromEntries(usable('routers', candidate.tcpRouters, 'tcp')),
    tcpServices: Object.fromEntries(usable('services', candidate.tcpServices, 'tcp')),
    tcpMiddlewares: Object.fromEntries(usable('middlewares', candidate.tcpMiddlewares, 'tcp')),
    tcpServersTransports: Object.fromEntries(usable('serversTransports', candidate.tcpServersTransports, 'tcp')),
    udpRouters: Object.fromEntries(usable('routers', candidate.udpRouters, 'udp')),
    udpServices: Object.fromEntries(usable('services', candidate.udpServices, 'udp')),
  }
  return { streams }
}

function toSnapshotRouter({ inherited: _, ...router }: CandidateRouter): SnapshotRouter {
  return router
}
