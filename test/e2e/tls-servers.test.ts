import { readFileSync } from 'node:fs'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { TLSSocket } from 'node:tls'
import { expect } from 'vitest'
import { makeCertificate } from '../harness/certificate.ts'
import { startGateway } from '../harness/gateway.ts'
import { request } from '../harness/http-client.ts'
import { needs } from '../harness/services.ts'
import { temporaryFolder } from '../harness/temp.ts'

needs(['openssl'], 'a server with TLS is verified by the authorities of its transport, and its sessions are used again', async () => {
  await using folder = await temporaryFolder()
  const { certFile, keyFile } = makeCertificate(folder, 'origin.test')
  const reused: boolean[] = []
  const server = createServer({ cert: readFileSync(certFile), key: readFileSync(keyFile) }, (incoming, response) => {
    response.end(`secure ${incoming.headers.host}`)
  })
  server.on('secureConnection', (socket: TLSSocket) => reused.push(socket.isSessionReused()))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`
  const service = (transport: string): string => `{ loadBalancer: { serversTransport: ${transport}, servers: [{ url: "${url}" }] } }`
  await using gateway = await startGateway({
    dynamic: `
http:
  routers:
    known: { rule: "Path(\`/known\`)", service: known }
    unknown: { rule: "Path(\`/unknown\`)", service: unknown }
    lax: { rule: "Path(\`/lax\`)", service: lax }
    lost: { rule: "Path(\`/lost\`)", service: lost }
  services:
    known: ${service('known')}
    unknown: ${service('unknown')}
    lax: ${service('lax')}
    lost: ${service('lost')}
  serversTransports:
    known: { serverName: origin.test, rootCAs: ["${certFile}"], maxIdleConnsPerHost: -1 }
    unknown: { serverName: origin.test }
    lax: { insecureSkipVerify: true }
    lost: { rootCAs: ["/nowhere/ca.pem"] }
`,
  })
  for (let turn = 0; turn < 3; turn++) {
    expect((await request(gateway.port, { path: '/known', headers: { host: 'a.test' } })).text).toBe('secure a.test')
  }
  expect(reused).toEqual([false, true, true])
  expect((await request(gateway.port, { path: '/unknown' })).status).toBe(502)
  expect((await request(gateway.port, { path: '/lax' })).status).toBe(200)
  expect((await request(gateway.port, { path: '/lost' })).status).toBe(404)
  await gateway.process.printed(/\/nowhere\/ca\.pem.*cannot be read/)
  server.closeAllConnections()
  server.close()
})
