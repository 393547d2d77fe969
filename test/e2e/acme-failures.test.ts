import { chmodSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'
import type { AcmeOptions } from '../../src/config/certificates-resolvers.ts'
import { openSession } from '../../src/control/acme/session.ts'
import { readStored } from '../../src/control/acme/stored.ts'
import { AcmeTransport } from '../../src/control/acme/transport.ts'
import { dynamicOf, expectNothingPrivate, router, shownFor, startAcmeGateway, storedIn, untilShown } from '../harness/acme-gateway.ts'
import { makeCertificate } from '../harness/certificate.ts'
import { runCommand } from '../harness/command-line.ts'
import { type Pebble, startPebble } from '../harness/pebble.ts'
import { freePort } from '../harness/ports.ts'
import { limited, startRefusing } from '../harness/refusing-authority.ts'
import { needs } from '../harness/services.ts'
import { staticOf } from '../harness/static.ts'
import { temporaryFolder } from '../harness/temp.ts'

const NEEDED = ['pebble', 'pebble-challtestsrv']
const FAST = 'keyType: EC256'
const ALPN = 'tlsChallenge: {}'

type Started = Awaited<ReturnType<typeof startAcmeGateway>>

interface Row {
  readonly names: readonly string[]
  readonly state: string
  readonly reason?: string
  readonly next?: string
  readonly served: string
}

/** What `gateway certs --json` says in the folder of a gateway. */
async function certsOf({ folder }: Started): Promise<{ code: number | null; rows: readonly Row[] }> {
  const { code, stdout } = await runCommand(['certs', '--configFile', 'gateway.yml', '--json'], { cwd: folder.path })
  return { code, rows: JSON.parse(stdout).certificates }
}

/** Closes the account that a gateway has stored, as its owner could (RFC 8555 §7.3.6). */
async function closeAccount({ directory, caFile }: Pebble, folder: Started['folder']): Promise<void> {
  const path = join(folder.path, 'acme.json')
  const acme = { caServer: directory, caCertificates: [caFile], tlsChallenge: {} }
  const options = staticOf({ certificatesResolvers: { le: { acme } } }).certificatesResolvers.le?.acme as AcmeOptions
  const transport = new AcmeTransport(options, new AbortController().signal)
  const { account } = readStored(readFileSync(path, 'utf8'), path).get('le') ?? {}
  const { client } = await openSession({ options, transport, account })
  await transport.run(() => client.updateAccount({ status: 'deactivated' }))
}

const ordersIn = (text: string): number => text.split('\n').filter((line) => line.includes('Added order')).length

needs(
  NEEDED,
  'an authority that is away: the default certificate is served and `certs` says why; once it is back, SIGHUP suffices',
  async () => {
    const secure = await freePort()
    await using pebble = await startPebble({ tlsPort: secure })
    await pebble.kill()
    await using gateway = await startAcmeGateway({ pebble, secure, resolver: [FAST, ALPN], routers: [router('a', 'Host(`a.test`)')] })
    await gateway.process.printed(/no certificate could be obtained/)
    expect((await shownFor(secure, 'a.test')).subject.CN).toBe('GATEWAY DEFAULT CERT')
    const away = await certsOf(gateway)
    expect(away.code).toBe(1)
    expect(away.rows).toMatchObject([{ names: ['a.test'], state: 'missing', served: 'default certificate' }])
    expect(away.rows[0]?.reason).toContain('ECONNREFUSED')
    await pebble.start()
    process.kill(gateway.process.pid, 'SIGHUP')
    await untilShown(secure, 'a.test')
    expect(await certsOf(gateway)).toMatchObject({ code: 0, rows: [{ names: ['a.test'], state: 'ok', served: 'certificate' }] })
  },
)

needs(NEEDED, 'an authority that has forgotten the account gets a new one', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure })
  const first = router('a', 'Host(`a.test`)')
  await using gateway = await startAcmeGateway({ pebble, secure, resolver: [FAST, ALPN], routers: [first] })
  await untilShown(secure, 'a.test')
  const { uri } = storedIn(gateway.folder).le.Account.Registration
  await pebble.kill()
  await pebble.start()
  await gateway.rewrite(dynamicOf([first, router('b', 'Host(`b.test`)')]))
  await untilShown(secure, 'b.test')
  expect(storedIn(gateway.folder).le.Account.Registration.uri).not.toBe(uri)
  expect(storedIn(gateway.folder).le.Certificates).toHaveLength(2)
})

needs(['openssl'], 'an authority that sets a limit is left alone for as long as it says, in spite of a restart and SIGHUP', async () => {
  await using folder = await temporaryFolder()
  await using authority = await startRefusing(limited)
  const pebble = { directory: authority.directory, caFile: makeCertificate(folder, 'authority').certFile }
  const routers = [router('a', 'Host(`a.test`)'), router('b', 'Host(`b.test`)')]
  const options = { pebble, secure: await freePort(), routers, resolver: [FAST, ALPN, `storage: ${folder.path}/acme.json`] }
  {
    await using gateway = await startAcmeGateway(options)
    await gateway.process.printed(/too many certificates already issued[\s\S]*too many certificates already issued/)
    process.kill(gateway.process.pid, 'SIGHUP')
    await gateway.stop()
  }
  await using again = await startAcmeGateway(options)
  expect(authority.orders).toBe(2)
  const { code, rows } = await certsOf(again)
  expect(code).toBe(1)
  for (const { state, reason, next = '' } of rows) {
    expect([state, reason]).toEqual(['missing', expect.stringContaining('rateLimited')])
    expect(Date.parse(next)).toBeGreaterThan(Date.now() + 9 * 3_600_000)
  }
})

needs(NEEDED, 'an account that was closed at the authority is replaced by a new one', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure })
  const first = router('a', 'Host(`a.test`)')
  await using gateway = await startAcmeGateway({ pebble, secure, resolver: [FAST, ALPN], routers: [first] })
  await untilShown(secure, 'a.test')
  const { uri } = storedIn(gateway.folder).le.Account.Registration
  await closeAccount(pebble, gateway.folder)
  await gateway.rewrite(dynamicOf([first, router('b', 'Host(`b.test`)')]))
  await untilShown(secure, 'b.test')
  expect(storedIn(gateway.folder).le.Account.Registration.uri).not.toBe(uri)
  expect(gateway.process.stdout).toContain('the authority does not know the account any more')
  expectNothingPrivate(gateway)
})

needs(NEEDED, 'a name that cannot be proven holds up no other one, and waits longer each time', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure, blocked: ['bad.test'] })
  const routers = [router('bad', 'Host(`bad.test`)'), router('good', 'Host(`good.test`)'), router('wild', 'Host(`*.x.test`)')]
  await using gateway = await startAcmeGateway({ pebble, secure, resolver: [FAST, ALPN], routers })
  await untilShown(secure, 'good.test')
  await gateway.process.printed(/no certificate could be obtained/)
  const { rows } = await certsOf(gateway)
  expect(rows.map(({ names, state }) => [names.join(), state])).toEqual([
    ['good.test', 'ok'],
    ['bad.test', 'missing'],
    ['', 'refused'],
  ])
  expect(rows[1]?.reason).toContain('rejectedIdentifier')
  expect(rows[2]?.reason).toContain('dnsChallenge')
})

needs(NEEDED, 'a gateway that is killed in the middle of an order finishes after the restart, with both orders on record', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure })
  const storage = `storage: ${pebble.folder.path}/acme.json`
  const options = { pebble, secure, routers: [router('a', 'Host(`a.test`)')] }
  await using killed = await startAcmeGateway({ ...options, resolver: [FAST, storage, 'tlsChallenge: { delay: 60s }'] })
  await untilShown(secure, 'a.test', () => ordersIn(pebble.log()) === 1)
  await killed.stop('SIGKILL')
  await using _gateway = await startAcmeGateway({ ...options, resolver: [FAST, storage, ALPN] })
  await untilShown(secure, 'a.test')
  const ledger = JSON.parse(readFileSync(join(pebble.folder.path, 'acme.json.ledger'), 'utf8'))
  expect(ledger.le.sets['a.test'].orders).toHaveLength(2)
})

needs(NEEDED, 'a crash loop places no more orders than a week allows', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure })
  const now = Date.now()
  const orders = Array.from({ length: 5 }, (_, index) => now - index * 1000)
  await pebble.folder.write(
    'acme.json.ledger',
    JSON.stringify({ le: { wanted: [], sets: { 'a.test': { orders, failures: 0 } }, failures: 0 } }),
  )
  chmodSync(join(pebble.folder.path, 'acme.json.ledger'), 0o600)
  const routers = [router('a', 'Host(`a.test`)'), router('b', 'Host(`b.test`)')]
  const resolver = [FAST, ALPN, `storage: ${pebble.folder.path}/acme.json`]
  await using gateway = await startAcmeGateway({ pebble, secure, resolver, routers })
  await untilShown(secure, 'b.test')
  expect(ordersIn(pebble.log())).toBe(1)
  const { rows } = await certsOf(gateway)
  expect(rows.find(({ state }) => state === 'missing')?.reason).toContain('5 orders for these names within a week are enough')
})

needs(NEEDED, 'a certificate is renewed before it ends, with the same key, while the old one is served', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure, validity: 9 })
  const resolver = [FAST, ALPN, 'certificatesDuration: 1']
  await using gateway = await startAcmeGateway({ pebble, secure, resolver, routers: [router('a', 'Host(`a.test`)')] })
  const { serialNumber, valid_to, pubkey } = await untilShown(secure, 'a.test')
  const renewed = await untilShown(secure, 'a.test', (one) => one.serialNumber !== serialNumber)
  expect(renewed.issuer.CN).toMatch(/^Pebble/)
  expect(Date.now()).toBeLessThan(Date.parse(valid_to))
  expect(renewed.pubkey).toEqual(pubkey)
  expect(gateway.process.stdout).toContain('a certificate was renewed')
})

needs(NEEDED, 'a storage that others can read is not used', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure })
  chmodSync(await pebble.folder.write('acme.json', '{}'), 0o644)
  const resolver = [FAST, ALPN, `storage: ${pebble.folder.path}/acme.json`]
  await using gateway = await startAcmeGateway({ pebble, secure, resolver, routers: [router('a', 'Host(`a.test`)')] })
  expect(gateway.process.stdout).toContain('can be read by others (mode 644, expected 600)')
  const { code, stderr } = await runCommand(['certs', '--configFile', 'gateway.yml'], { cwd: gateway.folder.path })
  expect([code, stderr]).toEqual([1, expect.stringContaining('can be read by others')])
})
