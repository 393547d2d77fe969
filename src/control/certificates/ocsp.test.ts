import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:tls'
import { expect } from 'vitest'
import { startDataPlane } from '../../../test/harness/data-plane.ts'
import { FakeTimers } from '../../../test/harness/fake-timers.ts'
import { startResponder } from '../../../test/harness/ocsp-responder.ts'
import { recordedLog } from '../../../test/harness/recorded-log.ts'
import { needs } from '../../../test/harness/services.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import type { Command } from '../../thread/messages.ts'
import type { Staple } from '../../tls/settings.ts'
import { readOcspResponse } from './ocsp-message.ts'
import { OcspStapler } from './ocsp-stapler.ts'

const HOUR = 60 * 60 * 1000

/** A stapler with one worker; what that was told last. */
function startStapler(chain: string) {
  const timers = new FakeTimers()
  let now = Date.now()
  const { log, lines } = recordedLog()
  const stapler = new OcspStapler({ options: { responderOverrides: {} }, timers, wallTime: () => now, log })
  const told: (readonly Staple[])[] = []
  stapler.attach({
    index: 0,
    send: (message) => (message as Command).type === 'staples' && told.push((message as Extract<Command, { type: 'staples' }>).staples),
  })
  stapler.update({ tls: { certificates: [{ names: ['a.test'], cert: chain, key: '' }], options: {}, hosts: {} } })
  return {
    told,
    lines,
    advance(ms: number) {
      now += ms
      timers.advance(ms)
    },
    [Symbol.dispose]: () => stapler.stop(),
  }
}

needs(['openssl'], 'a response is fetched, refreshed at half of its time, and goes along with the certificate', async () => {
  await using folder = await temporaryFolder()
  await using responder = await startResponder(folder, 'V')
  using stapler = startStapler(responder.chain)
  await expect.poll(() => stapler.told.length).toBe(1)
  const [staple] = stapler.told[0] as [Staple]
  stapler.advance(4 * HOUR)
  expect(stapler.told).toHaveLength(1)
  stapler.advance(2 * HOUR)
  await expect.poll(() => stapler.told.length).toBe(2)

  await using plane = await startDataPlane({
    dynamic: JSON.stringify({
      http: { routers: { a: { rule: 'Host(`a.test`)', service: 'noop@internal', tls: {} } } },
      tls: { certificates: [{ certFile: responder.chain, keyFile: responder.key }] },
    }),
  })
  plane.tls.setStaples([staple])
  for (const maxVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
    const socket = connect({
      port: plane.port,
      host: '127.0.0.1',
      servername: 'a.test',
      rejectUnauthorized: false,
      requestOCSP: true,
      maxVersion,
    })
    const [response] = await once(socket, 'OCSPResponse')
    expect(Buffer.compare(response, Buffer.from(staple.response))).toBe(0)
    socket.destroy()
  }
})

needs(['openssl'], 'the response for a certificate that is revoked is told and not sent along', async () => {
  await using folder = await temporaryFolder()
  await using responder = await startResponder(folder, 'R')
  using stapler = startStapler(responder.chain)
  await expect.poll(() => stapler.lines.map(({ message }) => message)).toEqual([expect.stringContaining('the certificate is revoked')])
  expect(stapler.told).toEqual([])
})

needs(['openssl'], 'a response that the issuer has not signed, or for something else, is refused', async () => {
  await using folder = await temporaryFolder()
  await using other = await temporaryFolder()
  await using responder = await startResponder(folder, 'V')
  await using stranger = await startResponder(other, 'V')
  using stapler = startStapler(responder.chain)
  await expect.poll(() => stapler.told.length).toBe(1)
  const [staple] = stapler.told[0] as [Staple]
  const response = Buffer.from(staple.response)
  const issuedOf = (chain: string) => {
    const [leaf = '', issuer = ''] = chain.match(/-----BEGIN[\s\S]+?-----END CERTIFICATE-----/g) ?? []
    return { certificate: new X509Certificate(leaf), issuer: new X509Certificate(issuer) }
  }
  expect(readOcspResponse(response, issuedOf(responder.chain)).status).toBe('good')
  expect(() => readOcspResponse(response, issuedOf(stranger.chain))).toThrow('not signed by the issuer')
  // A later day for the end of the response.
  const forged = Buffer.from(response.toString('latin1').replaceAll(/(\d{8})(\d{6}Z)/g, '20991231$2'), 'latin1')
  expect(() => readOcspResponse(forged, issuedOf(responder.chain))).toThrow('not signed by the issuer')
  for (let length = 0; length < response.length; length += 7) {
    expect(() => readOcspResponse(response.subarray(0, length), issuedOf(responder.chain))).toThrow()
  }
})
