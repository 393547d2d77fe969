import type { AddressInfo } from 'node:net'
import { createServer, type Socket } from 'node:net'
import { connect } from 'node:tls'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readClientHello } from './client-hello.ts'

/** What a client of the library really sends first. */
async function helloOf(options: object): Promise<Buffer> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const received = new Promise<Buffer>((resolve) =>
    server.once('connection', (socket: Socket) =>
      socket.once('data', (chunk) => {
        resolve(chunk)
        socket.destroy()
      }),
    ),
  )
  const client = connect({ port: (server.address() as AddressInfo).port, host: '127.0.0.1', ...options }).on('error', () => {})
  const hello = await received
  client.destroy()
  server.close()
  return hello
}

const HELLO = await helloOf({ servername: 'WWW.a.Test', ALPNProtocols: ['h2', 'http/1.1'] })
const NAMELESS = await helloOf({ maxVersion: 'TLSv1.2' })

/** The same message in records of so many octets. */
function inRecords(hello: Buffer, size: number): Buffer {
  const records: Buffer[] = []
  for (let at = 5; at < hello.length; at += size) {
    const fragment = hello.subarray(at, at + size)
    records.push(Buffer.from([0x16, 3, 1, fragment.length >> 8, fragment.length & 0xff]), fragment)
  }
  return Buffer.concat(records)
}

test('the name and the protocols of a client are read, the name in lower case', () => {
  expect(readClientHello(HELLO)).toEqual({ serverName: 'www.a.test', protocols: ['h2', 'http/1.1'] })
  expect(readClientHello(NAMELESS)).toEqual({ serverName: '', protocols: [] })
})

test('a message in pieces is waited for, and read as soon as it is whole', () => {
  for (let length = 1; length < HELLO.length; length++) expect(readClientHello(HELLO.subarray(0, length))).toBe('more')
})

for (const size of [1, 2, 3, 100, 500]) {
  test(`a message in records of ${size} octets is read`, () => {
    expect(readClientHello(inRecords(HELLO, size))).toEqual(readClientHello(HELLO))
  })
}

test('what stands behind the message is of no interest', () => {
  expect(readClientHello(Buffer.concat([HELLO, Buffer.from([1, 2, 3])]))).toEqual(readClientHello(HELLO))
})

const named = (name: string): Buffer => {
  const changed = Buffer.from(HELLO)
  changed.write(name, changed.indexOf('WWW.a.Test'), 'latin1')
  return changed
}

const names = [
  { name: 'www.a.tes.', seen: 'www.a.tes' },
  { name: 'www.a.t\0st', seen: undefined },
  { name: 'www..a.tes', seen: undefined },
  { name: '.ww.a.test', seen: undefined },
  { name: '*.w.a.test', seen: undefined },
  { name: 'www a test', seen: undefined },
  { name: 'w_w-a.t3st', seen: 'w_w-a.t3st' },
]

for (const { name, seen } of names) {
  test(`${JSON.stringify(name)} is ${seen === undefined ? 'no name' : 'a name'}`, () => {
    const hello = readClientHello(named(name))
    expect(typeof hello === 'string' ? undefined : hello.serverName).toBe(seen)
  })
}

const wrong: readonly { why: string; octets: Buffer }[] = [
  { why: 'another record', octets: Buffer.from([0x17, 3, 1, 0, 4, 1, 0, 0, 0]) },
  { why: 'another version of records', octets: Buffer.from([0x16, 2, 0, 0, 4, 1, 0, 0, 0]) },
  { why: 'an empty record', octets: Buffer.from([0x16, 3, 1, 0, 0]) },
  { why: 'a record that is too long', octets: Buffer.from([0x16, 3, 1, 0x50, 0]) },
  { why: 'another message', octets: Buffer.from([0x16, 3, 1, 0, 4, 2, 0, 0, 0]) },
  { why: 'a message that is too long', octets: Buffer.from([0x16, 3, 1, 0, 4, 1, 1, 0, 0]) },
  { why: 'a message that ends too early', octets: Buffer.from([0x16, 3, 1, 0, 4, 1, 0, 0, 0]) },
]

for (const { why, octets } of wrong) test(`${why} is invalid`, () => expect(readClientHello(octets)).toBe('invalid'))

test('whatever is changed in a message, it is read or refused', () => {
  fc.assert(
    fc.property(fc.nat(HELLO.length - 1), fc.nat(255), fc.nat(HELLO.length), (at, octet, length) => {
      const changed = Buffer.from(HELLO.subarray(0, length))
      if (at < length) changed[at] = octet
      const read = readClientHello(changed)
      expect(typeof read === 'object' || read === 'more' || read === 'invalid').toBe(true)
    }),
  )
})
