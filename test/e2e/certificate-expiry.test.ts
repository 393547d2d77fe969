import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { writeStored } from '../../src/control/acme/stored.ts'
import { makeSelfSigned } from '../../src/control/certificates/self-signed.ts'
import { runCommand } from '../harness/command-line.ts'
import { startGateway } from '../harness/gateway.ts'
import { type TemporaryFolder, temporaryFolder } from '../harness/temp.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR

/** A certificate that lives for a year, of which so many days are left, and an hour. */
const endingIn = (days: number, name = 'a.test') => makeSelfSigned(name, name, Date.now() - (365 - days) * DAY + HOUR)

const ROUTER = '  routers:\n    all: { rule: "PathPrefix(`/`)", service: whoami@internal, tls: {} }\n'

async function writeCertificate(folder: TemporaryFolder, file: string, days: number): Promise<void> {
  const { cert, key } = endingIn(days, file)
  await folder.write(`${file}.pem`, cert)
  await folder.write(`${file}.key`, key)
}

test('`validate` warns of certificates that end soon, at the place where each is named, and of no others', async () => {
  await using folder = await temporaryFolder()
  for (const [file, days] of Object.entries({ soon: 12, later: 40, over: -2 })) await writeCertificate(folder, file, days)
  const lines = ['soon', 'later', 'over'].map(
    (file) => `    - certFile: ${folder.path}/${file}.pem\n      keyFile: ${folder.path}/${file}.key\n`,
  )
  const { cert, key } = endingIn(0)
  const inline = `  stores: { default: { defaultCertificate: { certFile: ${JSON.stringify(cert)}, keyFile: ${JSON.stringify(key)} } } }\n`
  await folder.write('routes.yml', `http:\n${ROUTER}tls:\n  certificates:\n${lines.join('')}${inline}`)
  const args = ['validate', '--providers.file.filename=routes.yml', '--entryPoints.web.address=:8080']
  const { code, stdout } = await runCommand(args, { cwd: folder.path })
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /^routes\.yml:6:17 {2}warning GTW_CERTIFICATE_EXPIRING {2}tls\.certificates\[0\]\.certFile expires in 12 days, on \d{4}-/m,
  )
  expect(stdout).toMatch(/^routes\.yml:10:17 {2}warning GTW_CERTIFICATE_EXPIRED {2}tls\.certificates\[2\]\.certFile has expired on \d{4}-/m)
  expect(stdout).toMatch(
    /^routes\.yml:12:\d+ {2}warning GTW_CERTIFICATE_EXPIRING {2}tls\.stores\.default\.defaultCertificate\.certFile expires in less than a day, /m,
  )
  expect(stdout).toContain('hint: replace the certificate in time')
  expect(stdout).not.toContain('certificates[1]')
  const json = await runCommand([...args, '--json'], { cwd: folder.path })
  expect(JSON.parse(json.stdout)).toMatchObject({ ok: true, findings: [{}, {}, {}] })
})

test('`serve` warns of a certificate that ends soon, once, and of its successor no more', async () => {
  await using folder = await temporaryFolder()
  await writeCertificate(folder, 'a', 12)
  const dynamic = `http:\n${ROUTER}tls:\n  certificates:\n    - certFile: ${folder.path}/a.pem\n      keyFile: ${folder.path}/a.key\n`
  await using gateway = await startGateway({ dynamic, folder })
  const warnings = (): number => gateway.process.stdout.match(/certFile expires in \d+ days/g)?.length ?? 0
  expect(gateway.process.stdout).toMatch(/tls\.certificates\[0\]\.certFile expires in 12 days, on \d{4}-/)
  await writeCertificate(folder, 'a', 200)
  await gateway.process.printed(/configuration 2 is live/)
  expect(warnings()).toBe(1)
  await writeCertificate(folder, 'a', 20)
  await gateway.process.printed(/certFile expires in 20 days/)
})

test('`certs` tells a renewal that is overdue from one that is due, and does not end well with it', async () => {
  await using folder = await temporaryFolder()
  const days = { 'late.test': 10, 'due.test': 25, 'good.test': 200, 'over.test': -1 }
  const certificates = Object.entries(days).map(([name, left]) => {
    const { cert, key } = endingIn(left, name)
    return { names: [name], certificate: cert, key }
  })
  const storage = join(folder.path, 'acme.json')
  const store = (names: readonly string[]): void => {
    const kept = certificates.filter(({ names: [name = ''] }) => names.includes(name))
    writeFileSync(storage, writeStored(new Map([['le', { certificates: kept }]])), { mode: 0o600 })
  }
  await folder.write(
    'gateway.yml',
    `entryPoints: { web: { address: ":8443" } }\ncertificatesResolvers: { le: { acme: { storage: ${storage}, tlsChallenge: {} } } }\n`,
  )
  store(Object.keys(days))
  const { code, stdout } = await runCommand(['certs', '--json'], { cwd: folder.path })
  const rows: { names: string[]; state: string; daysLeft: number }[] = JSON.parse(stdout).certificates
  expect(rows.map(({ names, state, daysLeft }) => [...names, state, daysLeft])).toEqual([
    ['late.test', 'overdue', 10],
    ['due.test', 'due', 25],
    ['good.test', 'ok', 200],
    ['over.test', 'expired', -1],
  ])
  expect(code).toBe(1)
  store(['due.test', 'good.test'])
  expect((await runCommand(['certs'], { cwd: folder.path })).code).toBe(0)
})
