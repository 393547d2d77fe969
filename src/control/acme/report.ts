import { resolve } from 'node:path'
import type { AcmeOptions } from '../../config/certificates-resolvers.ts'
import type { Snapshot } from '../../config/snapshot.ts'
import type { StaticConfiguration } from '../../config/static.ts'
import { validityOf } from '../certificates/validity.ts'
import { AtomicFile } from './atomic-file.ts'
import { holdOf, keyOf, type Ledger, limitsFor, NEW_LEDGER, readLedgers, type Wanted } from './ledger.ts'
import { ledgerPath } from './ledgers.ts'
import { covers } from './names.ts'
import { longestLifeOf, overdueMs, renewalOf } from './renewal.ts'
import { acmeResolvers } from './resolvers.ts'
import { readStored, type StoredCertificate, type StoredResolver } from './stored.ts'
import { wishesFor } from './wanted.ts'

const DAY_MS = 24 * 60 * 60 * 1000

/** How it stands with one certificate. */
export interface CertificateRow {
  readonly resolver: string
  readonly names: readonly string[]
  readonly issuer?: string
  readonly expires?: string
  readonly daysLeft?: number
  /** `due`: time to renew it. `overdue`: that has been so for long, and a finding says so. `missing`: it is still to be obtained. `refused`: nothing will ever be ordered. */
  readonly state: 'ok' | 'due' | 'overdue' | 'expired' | 'missing' | 'refused'
  /** When something happens next; absent where nothing will. */
  readonly next?: string
  /** Why it is as it is, where that is not as it should be. */
  readonly reason?: string
  readonly served: 'certificate' | 'default certificate'
  readonly routers: readonly string[]
}

/** All certificates of all resolvers, and the files that cannot be used. */
export interface CertificateReport {
  readonly certificates: readonly CertificateRow[]
  readonly problems: readonly string[]
}

interface Sources {
  readonly configuration: StaticConfiguration
  /** What would be live, as far as the sources of routers could be read. */
  readonly snapshot: Pick<Snapshot, 'routers' | 'streams' | 'tls'>
  /** Providers that could be read: of the others, the running gateway has written down what they want. */
  readonly known: ReadonlySet<string>
  readonly now: number
}

/** Reads how it stands with every certificate, from the configuration and from the files of the gateway, running or not. */
export async function reportCertificates(sources: Sources): Promise<CertificateReport> {
  const certificates: CertificateRow[] = []
  const problems: string[] = []
  for (const [name, options] of acmeResolvers(sources.configuration)) {
    try {
      const { stored, ledger } = await readFiles(name, resolve(options.storage))
      certificates.push(...rowsOf({ ...sources, name, options, stored, ledger }))
    } catch (error) {
      problems.push(`${name}: ${(error as Error).message}`)
    }
  }
  return { certificates, problems }
}

interface Resolver extends Sources {
  readonly name: string
  readonly options: AcmeOptions
  readonly stored: StoredResolver
  readonly ledger: Ledger
}

async function readFiles(name: string, storage: string): Promise<Pick<Resolver, 'stored' | 'ledger'>> {
  const stored = readStored(await new AtomicFile(storage).read(), storage).get(name)
  const ledger = readLedgers(await new AtomicFile(ledgerPath(storage)).read()).get(name)
  return { stored: stored ?? { certificates: [] }, ledger: ledger ?? NEW_LEDGER }
}

/** The rows of one resolver. */
function rowsOf(resolver: Resolver): CertificateRow[] {
  const { name, options, stored, snapshot } = resolver
  const { wanted, refused } = wishesFor(name, snapshot, { wildcards: options.dnsChallenge !== undefined })
  const all = withKept(wanted, resolver)
  const have = [...stored.certificates.flatMap(({ names }) => names), ...(snapshot.tls?.certificates ?? []).flatMap(({ names }) => names)]
  const missing = all.filter(({ names }) => !names.every((one) => covers(have, one)))
  return [
    ...stored.certificates.map((certificate) => rowOf(certificate, routersOf(certificate, all), resolver)),
    ...missing.map(({ names, routers }) => missingRow(names, routers, resolver)),
    ...refused.map(({ router, reason }) => refusedRow(name, router, reason)),
  ]
}

function withKept(wanted: readonly Wanted[], { ledger, known }: Resolver): readonly Wanted[] {
  const keys = new Set(wanted.map(({ names }) => keyOf(names)))
  const isElsewhere = (router: string): boolean => !known.has(router.slice(router.lastIndexOf('@') + 1))
  return [...wanted, ...ledger.wanted.filter(({ names, routers }) => !keys.has(keyOf(names)) && routers.some(isElsewhere))]
}

function routersOf({ names }: StoredCertificate, wanted: readonly Wanted[]): string[] {
  return [...new Set(wanted.filter((one) => one.names.some((name) => covers(names, name))).flatMap(({ routers }) => routers))]
}

function rowOf(certificate: StoredCertificate, routers: readonly string[], resolver: Resolver): CertificateRow {
  const { name, options, now } = resolver
  const validity = validityOf(certificate.certificate)
  const facts = { resolver: name, names: certificate.names, routers, served: 'certificate' } as const
  const longestLifeMs = longestLifeOf(options)
  const renewAt = renewalOf(certificate, longestLifeMs)
  const due = renewAt > now ? { next: new Date(renewAt).toISOString() } : attemptOf(certificate.names, resolver)
  if (validity === undefined) {
    return { ...facts, state: 'due', ...due, reason: due.reason ?? 'the stored certificate cannot be read', served: 'default certificate' }
  }
  const { issuer, to } = validity
  const inTime = to - now < overdueMs(certificate, validity, longestLifeMs) ? 'overdue' : 'due'
  const state = to <= now ? 'expired' : renewAt <= now ? inTime : 'ok'
  return { ...facts, issuer, expires: new Date(to).toISOString(), daysLeft: Math.floor((to - now) / DAY_MS), state, ...due }
}

function missingRow(names: readonly string[], routers: readonly string[], resolver: Resolver): CertificateRow {
  const attempt = attemptOf(names, resolver)
  const reason = attempt.reason ?? 'it has not been ordered yet: that happens while the gateway runs'
  return { resolver: resolver.name, names, routers, state: 'missing', served: 'default certificate', ...attempt, reason }
}

function refusedRow(resolver: string, router: string, reason: string): CertificateRow {
  return { resolver, names: [], routers: [router], state: 'refused', reason, served: 'default certificate' }
}

/** What holds up the next attempt. */
function attemptOf(names: readonly string[], { ledger, options, now }: Resolver): { readonly next?: string; readonly reason?: string } {
  const hold = holdOf(ledger, keyOf(names), limitsFor(longestLifeOf(options)), now)
  return hold === undefined ? {} : { next: new Date(hold.until).toISOString(), reason: hold.reason }
}
