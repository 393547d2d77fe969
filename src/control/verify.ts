import type { Snapshot, SnapshotContent, SnapshotRouter } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Finding, FindingCode } from '../findings/finding.ts'
import type { Said } from './aggregator.ts'
import { ExpiryJudge } from './certificates/expiry-judge.ts'
import { DryBuildMemory, dryBuild } from './dry-build.ts'
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
  /** The same, with the elements that they are about. */
  readonly problems: readonly Problem[]
  /** All that was said, joined. */
  readonly candidate: Candidate
  /** Elements that are left out, by path with the qualified name (`http.routers.app@file`), each with the reasons. */
  readonly disabled: ReadonlyMap<string, readonly Finding[]>
  /** Shared memory that it needs: words by key. */
  readonly cells: ReadonlyMap<string, number>
  /** The moment of wall time at which the same words would have other findings; infinity for never. */
  readonly changesAt: number
  /** For the next check. */
  readonly dryBuilds: DryBuildMemory
}

/** What an earlier check leaves to the next one. */
export type LastCheck = Pick<Verified, 'snapshot' | 'dryBuilds'>

/**
 * Joins what providers said and leaves out whatever would not work in a worker: references are followed, and the tree is
 * built once with parts that touch nothing. What is wrong with one element never takes along one that does not need it.
 * `last` is an earlier check: its objects serve again wherever nothing has changed.
 */
export function verify(said: Said, configuration: StaticConfiguration, last?: LastCheck, now = Date.now()): Verified {
  const expiry = new ExpiryJudge(now)
  const candidate = merge(said, configuration, expiry)
  const { problems: merged } = candidate
  const referring = checkReferences(candidate, disabledBy(merged), configuration)
  // An element that refers to nothing is built all the same: what else is wrong with it should be known at once, too.
  const endless = referring.filter(({ finding }) => finding.code === 'GTW_CYCLE')
  const dryBuilds = last?.dryBuilds ?? new DryBuildMemory(configuration)
  const tried = contentOf(candidate, disabledBy([...merged, ...endless]), last)
  const { problems: building, cells } = dryBuild(candidate, tried.content, configuration, dryBuilds)
  const causes = [...merged, ...referring, ...building.filter(({ finding }) => !REFERENCE_CODES.has(finding.code))]
  const disabledByCauses = disabledBy(causes)
  // Mostly nothing has come to what the references were followed without.
  const isAsBefore = referring.length === 0 && isSameSet(tried.without, disabledByCauses)
  const following = isAsBefore ? [] : checkReferences(candidate, disabledByCauses, configuration)
  const effects = [...causes, ...following]
  const explained = disabledBy(effects)
  const all = [...effects, ...building.filter(({ disables }) => disables !== undefined && !explained.has(disables))]
  const problems = hideReferences(all, said)
  const disabled = disabledBy(problems)
  const { content } = isSameSet(tried.without, disabled) ? tried : contentOf(candidate, disabled, last)
  return { ...toVerified(content, problems), problems, candidate, cells, changesAt: expiry.changesAt, dryBuilds }
}

/** What can be served without some elements, made of the objects of the last check wherever they say the same. */
function contentOf(candidate: Candidate, without: ReadonlyMap<string, unknown>, last: LastCheck | undefined) {
  return { without, content: shareElements(snapshotOf(candidate, without), last?.snapshot) }
}

function isSameSet(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  return one.size === other.size && [...one.keys()].every((key) => other.has(key))
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

function toVerified(content: SnapshotContent, problems: readonly Problem[]): Pick<Verified, 'snapshot' | 'findings' | 'disabled'> {
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
