import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { type AddressInfo, createServer, type Socket, connect as tcpConnect } from 'node:net'
import { createSecureContext, type SecureContext, connect as tlsConnect } from 'node:tls'
import { describe, expect, test } from 'vitest'
import { makeCertificate } from '../../test/harness/certificate.ts'
import { temporaryFolder } from '../../test/harness/temp.ts'
import type { HandshakePlan } from '../tls/certificate-store.ts'
import { writeText } from '../upstream/direct-write.ts'
import { TcpSocket } from '../upstream/tcp-socket.ts'
import { acceptConnections } from './accept.ts'
import { ServerTlsSocket } from './tls-socket.ts'

/** Both ends of a connection, of which the gateway writes to one. */
interface Ends extends AsyncDisposable {
  readonly ours: Socket
  readonly client: Socket
}

/** More than the kernel keeps for both ends. */
const MANY = 2_000
const TEXT = 'text of an answer, 16 KiB of it '.repeat(512)

describe.each([
  ['in clear text', openTcp],
  ['in TLS', openTls],
])('a socket that writes past its stream %s', (_kind, open) => {
  test('texts and octets arrive in order, each whole', async () => {
    await using ends = await open()
    const arrived = textOf(ends.client)
    writeText(ends.ours, 'one ')
    ends.ours.write(Buffer.from('two '))
    writeText(ends.ours, 'three ')
    ends.ours.cork()
    ends.ours.write('four ')
    writeText(ends.ours, 'five ')
    ends.ours.uncork()
    writeText(ends.ours, 'six ')
    writeText(ends.ours, '\xe9\xff')
    ends.ours.end('!', 'latin1')
    expect(await arrived).toBe('one two three four five six \xe9\xff!')
  })

  test('a text for each turn arrives, however many there are', async () => {
    await using ends = await open()
    const arrived = textOf(ends.client)
    for (let turn = 0; turn < 300; turn += 1) {
      writeText(ends.ours, `${turn},`)
      await new Promise(setImmediate)
    }
    ends.ours.end()
    expect(await arrived).toBe(Array.from({ length: 300 }, (_, turn) => `${turn},`).join(''))
  })

  test('a reader that does not read is waited for, and then gets all there is', async () => {
    await using ends = await open()
    const { ours } = ends
    let sent = 0
    while (writeText(ours, TEXT)) sent += 1
    expect(ours.writableNeedDrain).toBe(true)
    expect(ours.writableLength).toBeGreaterThan(0)
    const arrived = textOf(ends.client)
    for (sent += 1; sent < MANY; sent += 1) if (!writeText(ours, TEXT)) await once(ours, 'drain')
    ours.end()
    const text = await arrived
    expect(text.length).toBe(MANY * TEXT.length)
    expect(text === TEXT.repeat(MANY)).toBe(true)
  })

  test.each(['end', 'destroySoon'] as const)('`%s` loses nothing that waits', async (way) => {
    await using ends = await open()
    let sent = 1
    while (writeText(ends.ours, TEXT)) sent += 1
    writeText(ends.ours, 'the last')
    ends.ours[way]()
    expect((await textOf(ends.client)).length).toBe(sent * TEXT.length + 'the last'.length)
  })

  test('a `drain` in which more is written does not mix things up', async () => {
    await using ends = await open()
    const { ours } = ends
    let sent = 0
    const fill = () => {
      while (sent < MANY) {
        sent += 1
        if (!writeText(ours, TEXT)) return
      }
      ours.end()
    }
    ours.on('drain', fill)
    fill()
    expect((await textOf(ends.client)).length).toBe(MANY * TEXT.length)
  })

  test('a client that resets the connection ends what waits with an error', async () => {
    await using ends = await open()
    const { ours } = ends
    while (writeText(ours, TEXT));
    const closed = new Promise((resolve) => ours.on('close', resolve))
    let error: NodeJS.ErrnoException | undefined
    ours.on('error', (reason) => {
      error = reason
    })
    ends.client.destroy()
    ours.resume()
    await closed
    expect(error?.code).toMatch(/^(EPIPE|ECONNRESET)$/)
    expect(writeText(ours, TEXT)).toBe(false)
  })
})

test('a socket that is not connected yet keeps texts until it is', async () => {
  const server = createServer((socket) => socket.end('bye'))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const arrived = once(server, 'connection').then(([socket]) => textOf(socket as Socket))
  const socket = new TcpSocket({}).connect((server.address() as AddressInfo).port, '127.0.0.1')
  writeText(socket, 'hello')
  socket.end()
  expect(await arrived).toBe('hello')
  socket.destroy()
  server.close()
})

async function textOf(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}

async function openTcp(): Promise<Ends> {
  const { accepted, port, close } = await listen(() => {})
  const client = tcpConnect(port, '127.0.0.1')
  const ours = await accepted
  ours.on('error', () => {})
  client.on('error', () => {})
  return { ours, client, [Symbol.asyncDispose]: () => close(ours, client) }
}

async function openTls(): Promise<Ends> {
  await using folder = await temporaryFolder()
  const { certFile, keyFile } = makeCertificate(folder, 'example.test')
  const [cert, key] = [readFileSync(certFile), readFileSync(keyFile)]
  const plan = {
    name: 'default',
    options: { clientAuth: undefined, protocols: [] },
    context: createSecureContext({ cert, key }),
  } as unknown as HandshakePlan<SecureContext>
  const hello = Promise.withResolvers<Buffer>()
  const { accepted, port, close } = await listen((octets) => hello.resolve(octets))
  const client = tlsConnect({ port, host: '127.0.0.1', servername: 'example.test', ca: cert })
  client.on('error', () => {})
  const raw = await accepted
  const ours = new ServerTlsSocket(raw, plan, await hello.promise)
  await Promise.all([once(ours, 'secure'), once(client, 'secureConnect')])
  return { ours, client, [Symbol.asyncDispose]: () => close(ours, client) }
}

async function listen(onRead: (octets: Buffer) => void) {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const accepted = new Promise<Socket>((resolve) => {
    acceptConnections(server, (open) => resolve(open((buffer, size) => onRead(Buffer.from(buffer.subarray(0, size))))))
  })
  const close = async (...sockets: Socket[]): Promise<void> => {
    for (const socket of sockets) socket.destroy()
    await new Promise((closed) => server.close(closed))
  }
  return { accepted, port: (server.address() as AddressInfo).port, close }
}
