import { X509Certificate } from 'node:crypto'
import { connect as connectHttp2 } from 'node:http2'
import { expect, test } from 'vitest'
import { makeSelfSigned } from '../../src/control/certificates/self-signed.ts'
import { startGateway } from '../harness/gateway.ts'
import { temporaryFolder } from '../harness/temp.ts'
import { handshake } from '../harness/tls-client.ts'

const CERTIFICATES = 1000
const SWAPS = 5
const SWAPPED = 'swapped.test'

const nameOf = (index: number): string => `host-${index}.test`
const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256

async function shownFor(port: number, servername: string): Promise<string> {
  const socket = await handshake(port, { servername })
  const { fingerprint256 } = socket.getPeerCertificate()
  socket.destroy()
  return fingerprint256
}

test(`one of ${CERTIFICATES} certificates is renewed on disk: new clients get it, and nobody else notices`, {
  timeout: 120_000,
}, async () => {
  await using folder = await temporaryFolder()
  const pairs = Array.from({ length: CERTIFICATES - 1 }, (_, index) => makeSelfSigned('many', nameOf(index)))
  const one = makeSelfSigned('swapped', SWAPPED)
  await folder.write('swapped.key', one.key)
  await folder.write('swapped.pem', one.cert)
  const swapped = { certFile: `${folder.path}/swapped.pem`, keyFile: `${folder.path}/swapped.key` }
  const dynamic = JSON.stringify({
    http: { routers: { all: { rule: 'PathPrefix(`/`)', service: 'whoami@internal', tls: {} } } },
    tls: { certificates: [swapped, ...pairs.map(({ cert, key }) => ({ certFile: cert, keyFile: key }))] },
  })
  await using gateway = await startGateway({ dynamic, workers: 4 })
  expect(await shownFor(gateway.port, SWAPPED)).toBe(fingerprintOf(one.cert))

  const session = connectHttp2(`https://127.0.0.1:${gateway.port}`, { rejectUnauthorized: false, servername: SWAPPED })
  const statusOfOpen = (): Promise<unknown> =>
    new Promise((resolve, reject) =>
      session
        .request({ ':path': '/' })
        .once('response', (headers) => resolve(headers[':status']))
        .once('error', reject)
        .resume(),
    )
  const own = new Set([fingerprintOf(one.cert)])
  let isOver = false
  const wrong: string[] = []
  const watch = async (from: number): Promise<void> => {
    for (let index = from; !isOver; index = (index + 7) % pairs.length) {
      const shown = await shownFor(gateway.port, nameOf(index)).catch(String)
      if (shown !== fingerprintOf(pairs[index]?.cert ?? '')) wrong.push(`${nameOf(index)}: ${shown}`)
      const status = await statusOfOpen().catch(String)
      if (status !== 200) wrong.push(`open connection: ${status}`)
    }
  }
  const watching = Promise.all([0, 300, 600].map(watch))
  try {
    for (let swap = 0; swap < SWAPS; swap++) {
      const before = await shownFor(gateway.port, SWAPPED)
      const { cert, key } = makeSelfSigned('swapped', SWAPPED)
      await folder.write('swapped.key', key)
      // The key alone belongs to no certificate: the gateway sees that once, and else perhaps.
      if (swap === 0) await gateway.process.printed(/is not the key of the certificate: what was there before is served on/)
      if (swap === 0) expect(await shownFor(gateway.port, SWAPPED)).toBe(before)
      await folder.write('swapped.pem', cert)
      const seen = new Set<string>()
      const look = async (): Promise<string> => {
        const shown = await shownFor(gateway.port, SWAPPED)
        seen.add(shown)
        return shown
      }
      await expect.poll(look, { timeout: 30_000, interval: 5 }).toBe(fingerprintOf(cert))
      own.add(fingerprintOf(cert))
      // Workers take over one after the other: one may still show an older pair, but never that of somebody else.
      expect([...seen].filter((shown) => !own.has(shown))).toEqual([])
    }
  } finally {
    isOver = true
  }
  await watching
  session.destroy()
  expect(wrong).toEqual([])
})
