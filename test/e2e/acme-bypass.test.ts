import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { router, shownFor, startAcmeGateway, untilShown } from '../harness/acme-gateway.ts'
import { makeCertificate } from '../harness/certificate.ts'
import { request } from '../harness/http-client.ts'
import { startOrigin } from '../harness/origin.ts'
import { startPebble } from '../harness/pebble.ts'
import { freePort } from '../harness/ports.ts'
import { needs } from '../harness/services.ts'
import { echo, startStreamOrigin } from '../harness/stream-origin.ts'
import { temporaryFolder } from '../harness/temp.ts'
import { handshake } from '../harness/tls-client.ts'

const NEEDED = ['pebble', 'pebble-challtestsrv', 'openssl']
const FAST = 'keyType: EC256'
const CHALLENGE = '/.well-known/acme-challenge/a-token'

for (const allowsBypass of [true, false]) {
  needs(
    NEEDED,
    `a server ${allowsBypass ? 'answers HTTP challenges of its host, past the redirection, and the gateway its own' : 'gets no HTTP challenges without allowACMEByPass'}`,
    async () => {
      const [plain, secure] = [await freePort(), await freePort()]
      await using pebble = await startPebble({ httpPort: plain })
      await using origin = await startOrigin('the answer of the server')
      const theirs = `
    theirs:
      rule: Host(\`theirs.test\`) && PathPrefix(\`/.well-known/acme-challenge/\`)
      entryPoints: [plain]
      service: theirs`
      await using _gateway = await startAcmeGateway({
        pebble,
        secure,
        plain,
        allowsBypass,
        resolver: [FAST, 'httpChallenge: { entryPoint: plain }'],
        routers: [router('ours', 'Host(`ours.test`)'), theirs],
        more: `  services:\n    theirs: { loadBalancer: { servers: [{ url: "${origin.url}" }] } }\n`,
      })
      await untilShown(secure, 'ours.test')
      const ask = async (host: string, path: string): Promise<string> => {
        const { status, text } = await request(plain, { path, headers: { Host: host } })
        return `${status} ${text}`
      }
      expect(await ask('theirs.test', CHALLENGE)).toMatch(allowsBypass ? /^200 the answer of the server$/ : /^404 /)
      expect(await ask('ours.test', CHALLENGE)).toMatch(/^404 /)
      expect(await ask('theirs.test', '/')).toMatch(/^301 /)
    },
  )
}

needs(NEEDED, 'a server that does TLS itself answers TLS challenges where that is allowed, and the gateway everywhere else', async () => {
  const secure = await freePort()
  await using folder = await temporaryFolder()
  await using pebble = await startPebble({ tlsPort: secure })
  const { certFile, keyFile } = makeCertificate(folder, 'theirs.test')
  const tls = { cert: readFileSync(certFile), key: readFileSync(keyFile), ALPNProtocols: ['acme-tls/1'] }
  await using origin = await startStreamOrigin(echo(), tls)
  const domains = 'certResolver: le, domains: [{ main: theirs.test }]'
  await using gateway = await startAcmeGateway({
    pebble,
    secure,
    allowsBypass: true,
    // The challenge stays open as long as the test takes.
    resolver: [FAST, 'tlsChallenge: { delay: 60s }'],
    routers: [router('all', 'PathPrefix(`/`)', domains)],
    more: `
tcp:
  routers:
    theirs: { rule: "HostSNI(\`theirs.test\`)", entryPoints: [websecure, web], service: theirs, tls: { passthrough: true } }
  services:
    theirs: { loadBalancer: { servers: [{ address: "${origin.address}" }] } }
`,
  })
  const shownOn = async (port: number): Promise<string> => {
    const socket = await handshake(port, { servername: 'theirs.test', ALPNProtocols: ['acme-tls/1'] })
    const { fingerprint256 } = socket.getPeerCertificate()
    socket.destroy()
    return fingerprint256
  }
  const { fingerprint256: ofServer } = new X509Certificate(tls.cert)
  // On `web` nobody but the gateway answers, as soon as it has something to say.
  await expect.poll(() => shownOn(gateway.port), { timeout: 20_000 }).not.toBe(ofServer)
  expect(await shownOn(secure)).toBe(ofServer)
  expect((await shownFor(secure, 'other.test')).subject.CN).toBe('GATEWAY DEFAULT CERT')
})
