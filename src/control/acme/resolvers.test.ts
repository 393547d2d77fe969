import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { FakeTimers } from '../../../test/harness/fake-timers.ts'
import { recordedLog } from '../../../test/harness/recorded-log.ts'
import { limited, type RefusingAuthority, startRefusing } from '../../../test/harness/refusing-authority.ts'
import { staticOf } from '../../../test/harness/static.ts'
import { type TemporaryFolder, temporaryFolder } from '../../../test/harness/temp.ts'
import type { Snapshot, SnapshotRouter } from '../../config/snapshot.ts'
import type { Finding } from '../../findings/finding.ts'
import type { ProviderMessage } from '../../provider/definition.ts'
import { makeSelfSigned } from '../certificates/self-signed.ts'
import { CertificateResolvers } from './resolvers.ts'
import { writeStored } from './stored.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const NOW = 1_800_000_000_000

const routerFor = (host: string): SnapshotRouter => ({
  entryPoints: ['websecure'],
  rule: `Host(\`${host}\`)`,
  ruleSyntax: 'v3',
  priority: 1n,
  rank: 0,
  middlewares: [],
  service: 'app@file',
  tls: { options: 'default', certResolver: 'le' },
})

const snapshotOf = (...hosts: readonly string[]): Snapshot => ({
  revision: 1,
  fingerprint: '',
  routers: Object.fromEntries(hosts.map((host) => [`${host}@file`, routerFor(host)])),
  services: {},
  middlewares: {},
  serversTransports: {},
  cells: {},
})

/** Resolvers of which time and orders are watched. */
async function startResolvers(folder: TemporaryFolder, { directory }: RefusingAuthority) {
  const acme = { caServer: directory, storage: join(folder.path, 'acme.json'), keyType: 'EC256', tlsChallenge: {} }
  const timers = new FakeTimers()
  const wallTime = (): number => NOW + timers.now()
  const { log, lines } = recordedLog()
  const configuration = staticOf({ certificatesResolvers: { le: { acme } } })
  let told: readonly Finding[] = []
  const hear = ({ findings = [] }: ProviderMessage): void => {
    told = findings
  }
  const resolvers = new CertificateResolvers({ configuration, timers, wallTime, log, hear })
  await resolvers.load()
  const failures = (): number => lines.filter(({ message }) => message.includes('no certificate could be obtained')).length
  return {
    resolvers,
    lines,
    told: () => told,
    untilFailures: (count: number) => expect.poll(failures, { timeout: 10_000 }).toBe(count),
    advance: (ms: number) => timers.advance(ms),
    [Symbol.asyncDispose]: () => resolvers.stop(),
  }
}

test('an authority that sets a limit is left alone for as long as it says, over a restart too', async () => {
  await using folder = await temporaryFolder()
  await using authority = await startRefusing(limited)
  {
    await using running = await startResolvers(folder, authority)
    running.resolvers.update(snapshotOf('a.test'))
    await running.untilFailures(1)
    expect(JSON.stringify(running.lines)).toContain('too many certificates already issued (rateLimited)')
    running.advance(9 * HOUR)
    running.resolvers.retry()
  }
  await using again = await startResolvers(folder, authority)
  again.resolvers.update(snapshotOf('a.test'))
  expect(authority.orders).toBe(1)
  again.advance(HOUR)
  again.advance(10 * HOUR)
  await again.untilFailures(1)
  expect(authority.orders).toBe(2)
})

test('an authority that fails is asked less and less often, whatever is wanted', async () => {
  await using folder = await temporaryFolder()
  await using authority = await startRefusing((response) => response.writeHead(503).end())
  await using running = await startResolvers(folder, authority)
  running.resolvers.update(snapshotOf('a.test'))
  await running.untilFailures(1)
  running.resolvers.update(snapshotOf('a.test', 'b.test'))
  running.advance(1000)
  expect(authority.orders).toBe(1)
  running.advance(20_000)
  await running.untilFailures(3)
  running.advance(20_000)
  expect(authority.orders).toBe(3)
})

test('a certificate whose renewal is overdue is told, once it is and until it has ended; one whose time to renew has come is not', async () => {
  await using folder = await temporaryFolder()
  await using authority = await startRefusing((response) => response.writeHead(503).end())
  // A day before it begins, 365 days before it ends.
  const { cert, key } = makeSelfSigned('a.test', 'a.test', NOW - 340 * DAY)
  const stored = { certificates: [{ names: ['a.test'], certificate: cert, key }] }
  writeFileSync(join(folder.path, 'acme.json'), writeStored(new Map([['le', stored]])), { mode: 0o600 })
  await using running = await startResolvers(folder, authority)
  expect(running.told()).toEqual([])
  running.advance(12 * DAY)
  const end = new Date(NOW + 25 * DAY).toISOString()
  const problem = (text: string): string => `the certificate of the resolver "le" for "a.test" is not renewed: it ${text} ${end}`
  expect(running.told()).toEqual([
    {
      code: 'GTW_CERTIFICATE_EXPIRING',
      severity: 'warning',
      message: problem('expires in 13 days, on'),
      path: 'certificatesResolvers.le',
      source: { kind: 'key', store: join(folder.path, 'acme.json'), key: 'le/a.test' },
      hint: '`gateway certs` says why it was not renewed',
    },
  ])
  running.advance(13 * DAY)
  expect(running.told()).toMatchObject([{ code: 'GTW_CERTIFICATE_EXPIRED', message: problem('has expired on') }])
})
