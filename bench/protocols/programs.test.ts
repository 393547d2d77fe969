import { readFileSync } from 'node:fs'
import { createServer } from 'node:tls'
import { expect, test } from 'vitest'
import { needs } from '../../test/harness/services.ts'
import type { TrialContext } from '../data-plane/trial.ts'
import { makeSignedCertificate } from './certificates.ts'
import { loadOf, runClient, startServer } from './programs.ts'

const signal = new AbortController().signal
const context: TrialContext = { originPort: 0, proxyLauncher: [], loadLauncher: [], quick: true, signal, progress() {} }
const atPort = (port: number) => ({ url: `http://127.0.0.1:${port}`, seconds: 1, launcher: [], signal })

test('a summary of a client becomes a rate, and what went wrong is told', () => {
  expect(loadOf({ count: 500, ms: 2000, errors: { closed: 0 } })).toEqual({ requests: 500, requestsPerSecond: 250, errors: [] })
  expect(loadOf({ count: 5, ms: 1000, errors: { closed: 3, resumed: 0 } }).errors).toEqual(['3 closed'])
  expect(loadOf({ count: 0, ms: 1000, errors: {} }).errors).toEqual(['no response'])
})

test('messages come back from the echo origin and are counted', async () => {
  await using resources = new AsyncDisposableStack()
  const load = await runClient('echo', 2, atPort(await startServer('echo', context, resources)))
  expect(load.errors).toEqual([])
  expect(load.requests).toBeGreaterThan(2)
})

test('a run against a server that does not take the upgrade is an error', async () => {
  await using resources = new AsyncDisposableStack()
  await expect(runClient('echo', 1, atPort(await startServer('grpc', context, resources)))).rejects.toThrow('no summary')
})

needs(['openssl'], 'full handshakes are counted', async () => {
  await using resources = new AsyncDisposableStack()
  const { certificate } = await makeSignedCertificate(resources)
  let accepted = 0
  const server = createServer({ cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) }, (socket) => {
    accepted++
    socket.on('error', () => {}).resume()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  resources.defer(() => void server.close())
  const { port } = server.address() as { readonly port: number }
  const load = await runClient('handshakes', 2, atPort(port))
  expect(load.errors).toEqual([])
  expect(load.requests).toBeGreaterThan(2)
  expect(accepted).toBeGreaterThanOrEqual(load.requests)
})
