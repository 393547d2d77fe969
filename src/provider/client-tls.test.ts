import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { expect, test } from 'vitest'
import { makeCertificate } from '../../test/harness/certificate.ts'
import { recordedLog } from '../../test/harness/recorded-log.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'
import { check, redact } from '../schema/index.ts'
import { clientTls, readClientTls } from './client-tls.ts'

const read = (written: object, log = recordedLog().log) => readClientTls(check(clientTls, written).value, log)

test('files and contents are read alike, and both ends of a connection believe each other', async () => {
  await using folder = await temporaryFolder()
  const server = makeCertificate(folder, 'localhost')
  const client = makeCertificate(folder, 'client')
  const options = await read({ ca: server.certFile, cert: readFileSync(client.certFile, 'utf8'), key: client.keyFile })
  const listener = createServer({
    cert: readFileSync(server.certFile),
    key: readFileSync(server.keyFile),
    ca: readFileSync(client.certFile),
    requestCert: true,
    rejectUnauthorized: true,
  })
  await once(listener.listen(0, '127.0.0.1'), 'listening')
  try {
    const accepted = once(listener, 'secureConnection') as Promise<[TLSSocket]>
    const socket = connect({ ...options, host: '127.0.0.1', servername: 'localhost', port: (listener.address() as AddressInfo).port })
    const [[peer]] = await Promise.all([accepted, once(socket, 'secureConnect')])
    expect([peer.authorized, socket.authorized]).toEqual([true, true])
    peer.destroy()
    socket.destroy()
  } finally {
    listener.close()
  }
})

test('without options the authorities of the system hold', async () => {
  expect(await read({})).toEqual({ rejectUnauthorized: true })
})

test('to accept any certificate is possible, with a warning', async () => {
  const { log, lines } = recordedLog()
  expect(await read({ insecureSkipVerify: true }, log)).toEqual({ rejectUnauthorized: false })
  expect(lines).toMatchObject([{ level: 'warn', message: expect.stringContaining('insecureSkipVerify') }])
})

test('what does not belong together or cannot be read is told without its content', async () => {
  await using folder = await temporaryFolder()
  const [one, other] = [makeCertificate(folder, 'one'), makeCertificate(folder, 'other')]
  const cases: [object, string][] = [
    [{ cert: one.certFile }, 'the option `tls` has `cert` without `key`: a client certificate needs both'],
    [{ key: one.keyFile }, 'the option `tls` has `key` without `cert`: a client certificate needs both'],
    [{ ca: join(folder.path, 'none') }, 'the option `tls.ca` names a file that cannot be read (ENOENT)'],
    [{ cert: one.certFile, key: 'MIGHAgEAMBMGByqG' }, 'the option `tls.key` names a file that cannot be read (ENOENT)'],
    [{ ca: one.keyFile }, 'the option `tls.ca` is no certificate in PEM'],
    [{ cert: one.certFile, key: one.certFile }, 'the option `tls.key` is no private key in PEM'],
    [{ cert: one.certFile, key: other.keyFile }, 'the option `tls.key` is not the key of `tls.cert`'],
  ]
  for (const [written, message] of cases) await expect(read(written)).rejects.toThrow(new Error(message))
})

test('a dump does not show the key', () => {
  expect(redact(clientTls, { ca: 'a', key: 'secret' })).toEqual({ ca: 'a', key: '***' })
})
