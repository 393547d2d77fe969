import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { makeCertificate } from '../../../test/harness/certificate.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { headerOf } from '../../../test/harness/proxy-header.ts'
import { needs } from '../../../test/harness/services.ts'
import { type Serve, startStreamOrigin } from '../../../test/harness/stream-origin.ts'
import { temporaryFolder } from '../../../test/harness/temp.ts'
import { check } from '../../schema/index.ts'
import { tcpLoadBalancer } from '../../tcp/options.ts'
import { clientTlsOptions } from '../../tls/client-options.ts'
import { reasonOf } from './reason.ts'
import { probeTcp } from './tcp-probe.ts'
import type { TcpTarget } from './tcp-target.ts'

function targetOf(server: string, healthCheck: object = {}, rootCAs: readonly string[] = []): TcpTarget {
  const { value } = check(tcpLoadBalancer, { servers: [], healthCheck })
  const tls = (host: string) => clientTlsOptions({ insecureSkipVerify: false, rootCAs, serverName: 'db.test' }, host)
  const options = value.healthCheck as TcpTarget['options']
  return { kind: 'tcp', service: 'app@file', server, options, isSecure: rootCAs.length > 0, tls, content: '' }
}

async function verdictOn(target: TcpTarget, signal: AbortSignal = new AbortController().signal): Promise<string> {
  return probeTcp(target, signal).then(() => 'well', reasonOf)
}

test('without words, to connect is enough', async () => {
  await using origin = await startStreamOrigin(() => {})
  expect(await verdictOn(targetOf(origin.address))).toBe('well')
  expect(await verdictOn(targetOf(`127.0.0.1:${await freePort()}`))).toContain('ECONNREFUSED')
})

test('another port may be asked than that of the server', async () => {
  await using origin = await startStreamOrigin(() => {})
  expect(await verdictOn(targetOf(`127.0.0.1:${await freePort()}`, { port: origin.port }))).toBe('well')
})

test('an answer counts as far as it is expected, in however many pieces it comes', async () => {
  await using origin = await startStreamOrigin((socket) => {
    socket.on('data', (chunk) => {
      socket.write('+PO')
      setImmediate(() => socket.write(`NG ${chunk}`))
    })
  })
  expect(await verdictOn(targetOf(origin.address, { send: 'PING', expect: '+PONG' }))).toBe('well')
  expect(await verdictOn(targetOf(origin.address, { send: 'PING', expect: '+PONG PING' }))).toBe('well')
  expect(await verdictOn(targetOf(origin.address, { send: 'PING', expect: '+PANG' }))).toContain('not what is expected')
})

test('a server that ends before it has said all is not well', async () => {
  await using origin = await startStreamOrigin((socket) => socket.end('+PO'))
  expect(await verdictOn(targetOf(origin.address, { expect: '+PONG' }))).toContain('not what is expected')
})

test('a server that says nothing holds nobody up for longer than the check may take', async () => {
  await using origin = await startStreamOrigin(() => {})
  const late = new AbortController()
  const verdict = verdictOn(targetOf(origin.address, { expect: 'hello' }), late.signal)
  late.abort(new Error('too late'))
  expect(await verdict).toBe('too late')
})

for (const [version, header] of [
  [1, Buffer.from('PROXY UNKNOWN\r\n')],
  [2, headerOf({ command: 0x20, transport: 0 })],
] as const) {
  test(`a server that wants a header of the PROXY protocol hears that there is no client (version ${version})`, async () => {
    await using origin = await startStreamOrigin(answering(`${header.toString('latin1')}PING`))
    const target = { ...targetOf(origin.address, { send: 'PING', expect: '+PONG' }), proxyVersion: version }
    expect(await verdictOn(target)).toBe('well')
  })
}

test('what listens on another port than the server gets no header', async () => {
  await using origin = await startStreamOrigin(answering('PING'))
  const target = targetOf(`127.0.0.1:${await freePort()}`, { port: origin.port, send: 'PING', expect: '+PONG' })
  expect(await verdictOn({ ...target, proxyVersion: 2 })).toBe('well')
})

needs(['openssl'], 'a server of TLS is asked through TLS, and its certificate counts', async () => {
  await using folder = await temporaryFolder()
  const { certFile, keyFile } = makeCertificate(folder, 'db.test')
  const [cert, key] = [readFileSync(certFile, 'utf8'), readFileSync(keyFile)]
  await using origin = await startStreamOrigin((socket) => socket.write('hello'), { cert, key })
  expect(await verdictOn(targetOf(origin.address, { expect: 'hello' }, [cert]))).toBe('well')
  const other = makeCertificate(folder, 'other.test')
  expect(await verdictOn(targetOf(origin.address, {}, [readFileSync(other.certFile, 'utf8')]))).not.toBe('well')
})

/** Answers those who say this, and nothing else, as well as servers of Redis do. */
function answering(expected: string): Serve {
  return (socket) => {
    let said = ''
    socket.on('data', (chunk) => {
      said += chunk.toString('latin1')
      if (said.length >= expected.length) socket.end(said === expected ? '+PONG' : '-WHAT')
    })
  }
}
