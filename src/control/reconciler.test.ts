import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { recordedLog } from '../../test/harness/recorded-log.ts'
import { staticOf } from '../../test/harness/static.ts'
import { type TemporaryFolder, temporaryFolder } from '../../test/harness/temp.ts'
import { makeSelfSigned } from './certificates/self-signed.ts'
import { Reconciler } from './reconciler.ts'

const DAY = 24 * 60 * 60 * 1000
const NOW = Date.parse('2030-01-01T00:00:00Z')

/** A reconciler whose time a test lets pass; certificates begin a day before it and end 365 days after it. */
async function start(folder: TemporaryFolder, configuration: object) {
  const timers = new FakeTimers()
  const { log, lines } = recordedLog()
  const wallTime = (): number => NOW + timers.now()
  let told: readonly string[] = []
  let checks = 0
  const reconciler = new Reconciler({
    configuration: staticOf({ entryPoints: { web: { address: ':80' } } }),
    timers,
    wallTime,
    log,
    place: () => ({}),
    publish: async (snapshot) => ({ type: 'published', snapshot, applied: 1, rejected: [], silent: 0, findings: [] }),
    onFindings: (findings) => {
      told = findings.map(({ code, message }) => `${code} ${message}`)
      checks++
    },
  })
  const locate = () => ({ kind: 'file', file: join(folder.path, 'dynamic.yml'), line: 7, column: 3 }) as const
  reconciler.hear('file', { configuration, locate })
  await reconciler.open()
  return {
    reconciler,
    timers,
    told: () => told,
    /** What the log has said of certificates, with its source. */
    logged: () => lines.filter(({ message }) => message.includes('certFile')).map(({ message, source }) => `${source} ${message}`),
    /** Lets time pass until the next check has been made. */
    async advance(ms: number) {
      const before = checks
      timers.advance(ms)
      await vi.waitFor(() => expect(checks).toBeGreaterThan(before), { interval: 1, timeout: 10_000 })
    },
    checks: () => checks,
    [Symbol.dispose]: () => reconciler.close(),
  }
}

const written = (folder: TemporaryFolder, now: number) => {
  const { cert, key } = makeSelfSigned('a', 'a.test', now)
  const [certFile, keyFile] = [join(folder.path, 'a.pem'), join(folder.path, 'a.key')]
  writeFileSync(certFile, cert)
  writeFileSync(keyFile, key)
  return { certFile, keyFile }
}

const AT = 'tls.certificates[0].certFile'

test('a certificate is judged again as time passes, without any other change', async () => {
  await using folder = await temporaryFolder()
  using running = await start(folder, { tls: { certificates: [written(folder, NOW)] } })
  const { advance, told, timers } = running
  expect(told()).toEqual([])
  await advance(335 * DAY + 1)
  const on = 'on 2031-01-01T00:00:00.000Z'
  expect(told()).toEqual([`GTW_CERTIFICATE_EXPIRING ${AT} expires in 29 days, ${on}`])
  await advance(DAY)
  expect(told()).toEqual([`GTW_CERTIFICATE_EXPIRING ${AT} expires in 28 days, ${on}`])
  for (let left = 27; left > 1; left--) await advance(DAY)
  await advance(DAY)
  expect(told()).toEqual([`GTW_CERTIFICATE_EXPIRING ${AT} expires in 1 day, ${on}`])
  await advance(DAY)
  expect(told()).toEqual([`GTW_CERTIFICATE_EXPIRING ${AT} expires in less than a day, ${on}`])
  await advance(DAY)
  expect(told()).toEqual([`GTW_CERTIFICATE_EXPIRED ${AT} has expired ${on}`])
  expect(timers.armed).toBe(0)
  const logged = running.logged()
  expect(logged).toHaveLength(31)
  expect(logged[0]).toBe(`${join(folder.path, 'dynamic.yml')}:7:3 ${AT} expires in 29 days, ${on}`)
})

test('a certificate that is replaced in time is told no more', async () => {
  await using folder = await temporaryFolder()
  using running = await start(folder, { tls: { certificates: [written(folder, NOW - 340 * DAY)] } })
  expect(running.told()).toEqual([expect.stringContaining('expires in 25 days')])
  const before = running.checks()
  written(folder, NOW)
  await vi.waitFor(() => expect(running.checks()).toBeGreaterThan(before), { timeout: 10_000 })
  await vi.waitFor(() => expect(running.told()).toEqual([]), { timeout: 10_000 })
})

test('the certificates for servers and the default one are judged, too', async () => {
  await using folder = await temporaryFolder()
  const soon = written(folder, NOW - 340 * DAY)
  using running = await start(folder, {
    http: { serversTransports: { own: { certificates: [soon] } } },
    tcp: { serversTransports: { own: { tls: { certificates: [soon] } } } },
    tls: { stores: { default: { defaultCertificate: soon } } },
  })
  expect(running.told().map((text) => text.split(' ')[1])).toEqual([
    'http.serversTransports.own.certificates[0].certFile',
    'tcp.serversTransports.own.tls.certificates[0].certFile',
    'tls.stores.default.defaultCertificate.certFile',
  ])
  await running.advance(DAY)
  expect(running.told()).toHaveLength(3)
  for (const text of running.told()) expect(text).toContain('expires in 24 days')
})

test('a reconciler that is closed leaves no timer behind', async () => {
  await using folder = await temporaryFolder()
  using running = await start(folder, { tls: { certificates: [written(folder, NOW)] } })
  expect(running.timers.armed).toBe(1)
  running.reconciler.close()
  expect(running.timers.armed).toBe(0)
})
