import { once } from 'node:events'
import { expect, test } from 'vitest'
import { startDataPlane } from '../../test/harness/data-plane.ts'
import { handshake } from '../../test/harness/tls-client.ts'
import { makeSelfSigned } from '../control/certificates/self-signed.ts'

const dynamic = JSON.stringify({ http: { routers: { a: { rule: 'Host(`a.test`)', service: 'noop@internal', tls: {} } } } })

test('an authority that checks a name gets the certificate of the challenge, and then nothing more', async () => {
  await using plane = await startDataPlane({ dynamic })
  plane.tls.setChallenges([makeSelfSigned('challenge', 'a.test')])
  const socket = await handshake(plane.port, { servername: 'a.test', ALPNProtocols: ['acme-tls/1'] })
  expect([socket.alpnProtocol, socket.getPeerCertificate().subject.CN]).toEqual(['acme-tls/1', 'challenge'])
  socket.resume()
  await once(socket, 'close')
})

test.each([
  ['which offers other protocols as well', 'a.test', ['acme-tls/1', 'http/1.1'], 'GATEWAY DEFAULT CERT'],
  ['which offers none', 'a.test', [], 'GATEWAY DEFAULT CERT'],
])('a client %s never sees that certificate', async (_why, servername, ALPNProtocols, subject) => {
  await using plane = await startDataPlane({ dynamic })
  plane.tls.setChallenges([makeSelfSigned('challenge', 'a.test')])
  const socket = await handshake(plane.port, { servername, ALPNProtocols })
  expect(socket.getPeerCertificate().subject.CN).toBe(subject)
  socket.destroy()
})

test('a check of a name that nobody expects is refused', async () => {
  await using plane = await startDataPlane({ dynamic })
  plane.tls.setChallenges([makeSelfSigned('challenge', 'b.test')])
  await expect(handshake(plane.port, { servername: 'a.test', ALPNProtocols: ['acme-tls/1'] })).rejects.toThrow(/no application protocol/)
})
