import { statSync } from 'node:fs'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { expect } from 'vitest'
import {
  type AcmeGatewayOptions,
  dynamicOf,
  expectNothingPrivate,
  router,
  shownFor,
  startAcmeGateway,
  storedIn,
  untilShown,
} from '../harness/acme-gateway.ts'
import { startPebble } from '../harness/pebble.ts'
import { freePort } from '../harness/ports.ts'
import { needs } from '../harness/services.ts'

const NEEDED = ['pebble', 'pebble-challtestsrv']
const FAST = 'keyType: EC256'

const linesOf = (text: string, part: string): number => text.split('\n').filter((line) => line.includes(part)).length

needs(NEEDED, 'HTTP-01: past the redirection, kept over a restart, and nothing private in the log', async () => {
  const [plain, secure] = [await freePort(), await freePort()]
  await using pebble = await startPebble({ httpPort: plain })
  const options: AcmeGatewayOptions = {
    pebble,
    secure,
    plain,
    workers: 2,
    resolver: [FAST, `storage: ${pebble.folder.path}/acme.json`, 'httpChallenge: { entryPoint: plain }'],
    routers: [router('both', 'Host(`a.test`) || Host(`b.test`)')],
    args: ['--log.level=TRACE'],
  }
  await using gateway = await startAcmeGateway(options)
  const { subjectaltname, serialNumber } = await untilShown(secure, 'b.test')
  expect(subjectaltname).toBe('DNS:a.test, DNS:b.test')
  expect(statSync(join(pebble.folder.path, 'acme.json')).mode & 0o777).toBe(0o600)
  expect(storedIn(pebble.folder).le.Certificates.map(({ domain }) => domain)).toEqual([{ main: 'a.test', sans: ['b.test'] }])
  expectNothingPrivate(gateway, pebble.folder)
  await gateway.rewrite(dynamicOf([...options.routers, router('again', 'Host(`b.test`) && Path(`/b`)')]))
  await gateway.process.printed(/live: 5 routers/)
  await gateway.stop()
  await using second = await startAcmeGateway(options)
  expect((await untilShown(secure, 'a.test')).serialNumber).toBe(serialNumber)
  expect(second.process.stdout).not.toContain('certificate was obtained')
  expect(linesOf(pebble.log(), 'Added order')).toBe(1)
})

needs(NEEDED, 'TLS-ALPN-01: in the handshake, for several routers at once', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure })
  const routers = [router('a', 'Host(`a.test`)'), router('b', 'Host(`b.test`)')]
  await using _gateway = await startAcmeGateway({ pebble, secure, workers: 2, resolver: [FAST, 'tlsChallenge: {}'], routers })
  expect((await untilShown(secure, 'a.test')).subjectaltname).toBe('DNS:a.test')
  expect((await untilShown(secure, 'b.test')).subjectaltname).toBe('DNS:b.test')
})

needs([...NEEDED, 'curl'], 'DNS-01: a program sets the record, for a wildcard and the name itself', async () => {
  const secure = await freePort()
  await using pebble = await startPebble()
  const hook = await pebble.folder.write(
    'hook.sh',
    `#!/bin/sh
case $1 in
  present) path=set-txt; body="{\\"host\\":\\"$2\\",\\"value\\":\\"$3\\"}" ;;
  cleanup) path=clear-txt; body="{\\"host\\":\\"$2\\"}" ;;
esac
echo "$1 $2" >> ${pebble.folder.path}/hook.log
exec curl --fail --silent --data "$body" ${pebble.managementUrl}/$path
`,
  )
  const { chmod, readFile } = await import('node:fs/promises')
  await chmod(hook, 0o755)
  await using _gateway = await startAcmeGateway({
    pebble,
    secure,
    resolver: [FAST, `dnsChallenge: { provider: exec, resolvers: ["${pebble.dns}"], propagation: { disableANSChecks: true } }`],
    routers: [router('all', 'HostRegexp(`.+`)', 'certResolver: le, domains: [{ main: "*.a.test", sans: [a.test, www.a.test] }]')],
    env: { EXEC_PATH: hook, EXEC_POLLING_INTERVAL: '1' },
  })
  expect((await untilShown(secure, 'www.a.test')).subjectaltname).toBe('DNS:*.a.test, DNS:a.test')
  const lines = (await readFile(join(pebble.folder.path, 'hook.log'), 'utf8')).trim().split('\n')
  expect(lines.filter((line) => line.startsWith('present'))).toEqual(Array(2).fill('present _acme-challenge.a.test.'))
})

needs(NEEDED, 'DNS-01: a web hook sets the record, with credentials that no log shows', async () => {
  const secure = await freePort()
  await using pebble = await startPebble()
  const authorizations = new Set<string | undefined>()
  const hook = createServer(async (request, response) => {
    authorizations.add(request.headers.authorization)
    let text = ''
    for await (const chunk of request) text += chunk
    const { fqdn, value } = JSON.parse(text)
    const isSet = request.url === '/hook/present'
    await pebble.manage(isSet ? '/set-txt' : '/clear-txt', { host: fqdn, value })
    response.end()
  })
  await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve))
  const { port } = hook.address() as { port: number }
  try {
    await using gateway = await startAcmeGateway({
      pebble,
      secure,
      resolver: [FAST, `dnsChallenge: { provider: httpreq, resolvers: ["${pebble.dns}"], propagation: { disableANSChecks: true } }`],
      routers: [router('a', 'Host(`a.test`)')],
      env: { HTTPREQ_ENDPOINT: `http://127.0.0.1:${port}/hook/`, HTTPREQ_USERNAME: 'me', HTTPREQ_PASSWORD: 'canary-password' },
    })
    await untilShown(secure, 'a.test')
    expect([...authorizations]).toEqual([`Basic ${Buffer.from('me:canary-password').toString('base64')}`])
    expect(gateway.process.stdout).not.toContain('canary')
  } finally {
    hook.close()
  }
})

needs(NEEDED, 'an external account, a profile, a root and a kind of key are what the authority hears', async () => {
  const [plain, secure] = [await freePort(), await freePort()]
  const hmac = 'zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W'
  await using pebble = await startPebble({ httpPort: plain, externalAccounts: { 'kid-1': hmac }, roots: 1, hasShort: true })
  const root = await pebble.rootName(1)
  await using gateway = await startAcmeGateway({
    pebble,
    secure,
    plain,
    resolver: [
      'keyType: RSA2048',
      'profile: short',
      `preferredChain: "${root}"`,
      `eab: { kid: kid-1, hmacEncoded: ${hmac} }`,
      'httpChallenge: { entryPoint: plain }',
    ],
    routers: [router('a', 'Host(`a.test`)')],
  })
  const shown = await untilShown(secure, 'a.test')
  expect(shown.bits).toBe(2048)
  expect(Date.parse(shown.valid_to) - Date.parse(shown.valid_from)).toBeLessThan(7 * 24 * 3_600_000)
  expect(String(shown.issuerCertificate.issuer.CN)).toBe(root)
  expect(gateway.process.stdout).not.toContain(hmac)
})

needs(NEEDED, 'fifty names get a certificate each, and no order more', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure })
  const names = Array.from({ length: 50 }, (_, index) => `n${index}.test`)
  const routers = names.map((name, index) => router(`r${index}`, `Host(\`${name}\`)`))
  await using gateway = await startAcmeGateway({ pebble, secure, resolver: [FAST, 'tlsChallenge: {}'], routers })
  for (const name of names) expect((await untilShown(secure, name)).subjectaltname).toBe(`DNS:${name}`)
  expect(storedIn(gateway.folder).le.Certificates).toHaveLength(50)
  expect(linesOf(pebble.log(), 'Added order')).toBe(50)
})

needs(NEEDED, 'the default certificate comes from a resolver; until it is there, a self-signed one is served', async () => {
  const secure = await freePort()
  await using pebble = await startPebble({ tlsPort: secure })
  await pebble.kill()
  const more = 'tls: { stores: { default: { defaultGeneratedCert: { resolver: le, domain: { main: a.test, sans: [b.test] } } } } }\n'
  const routers = [router('all', 'PathPrefix(`/`)', 'options: default')]
  await using gateway = await startAcmeGateway({ pebble, secure, resolver: [FAST, 'tlsChallenge: {}'], routers, more })
  await gateway.process.printed(/no certificate could be obtained/)
  expect((await shownFor(secure, 'other.test')).subject.CN).toBe('GATEWAY DEFAULT CERT')
  await pebble.start()
  process.kill(gateway.process.pid, 'SIGHUP')
  expect((await untilShown(secure, 'other.test')).subjectaltname).toBe('DNS:a.test, DNS:b.test')
  expect((await shownFor(secure, 'b.test')).subjectaltname).toBe('DNS:a.test, DNS:b.test')
})
