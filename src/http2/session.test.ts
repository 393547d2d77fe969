import { expect, test } from 'vitest'
import { codesOf, data, End, get, goawayIn, Heard, post, resetsIn, serverThatRead, talk, WINDOW } from '../../test/harness/http2-ends.ts'
import { END_HEADERS, END_STREAM, FRAME, fieldBlock, frame, framesIn, setting, uint32 } from '../../test/harness/http2-frames.ts'
import { CODE, FLAG, PREFACE, SETTING } from './protocol.ts'

test('frames of a stream that is over: what comes late is no fault where it could not be stopped', () => {
  const server = serverThatRead(post(1), get(3))
  const [reset, whole] = server.streams
  reset?.stream.reset(CODE.cancel)
  whole?.stream.head([':status', '200'], true)
  server.said()
  const late = Buffer.concat([data(1, 'x'), frame(FRAME.headers, END_HEADERS | END_STREAM, 1, fieldBlock([['a', '1']]))])
  server.session.read(late, late.length)
  expect(server.said()).toHaveLength(0)
  server.session.read(data(3, 'x'), 10)
  expect(resetsIn(server.said())).toEqual([CODE.streamClosed])
  const again = get(3)
  server.session.read(again, again.length)
  expect(goawayIn(server.said())).toBe(CODE.streamClosed)
})

test('more streams than were announced are refused, until one is over', () => {
  const server = serverThatRead(get(1), get(3), get(5), get(7))
  expect([resetsIn(server.said()), server.glitches]).toEqual([[CODE.refusedStream], 1])
  server.streams[0]?.stream.head([':status', '200'], true)
  const next = get(9)
  server.session.read(next, next.length)
  expect(server.streams.map(({ stream }) => stream.id)).toEqual([1, 3, 5, 9])
})

test('after GOAWAY those that are open finish, and nothing is done about new ones', () => {
  const server = serverThatRead(get(1))
  server.session.leave(CODE.noError)
  const next = Buffer.concat([post(3), data(3, 'x')])
  server.session.read(next, next.length)
  expect(codesOf(server.said(), FRAME.goaway, 0)).toEqual([1])
  expect(server.streams).toHaveLength(1)
  server.streams[0]?.stream.head([':status', '200'], true)
  expect(server.streams[0]?.closed).toBe('whole')
})

test('a server that acknowledges, answers pings and hears pongs', () => {
  const server = serverThatRead(frame(FRAME.ping, 0, 0, Buffer.from('12345678')), frame(FRAME.ping, FLAG.ack, 0, Buffer.alloc(8)))
  const said = framesIn(server.said())
  expect(said.find(({ type }) => type === FRAME.ping)).toMatchObject({ flags: FLAG.ack, content: Buffer.from('12345678') })
  expect(said.filter(({ type, flags }) => type === FRAME.settings && flags === FLAG.ack)).toHaveLength(1)
  expect([server.glitches, server.pongs]).toEqual([1, 1])
})

const LARGE = 'abcdefghij'.repeat(40_000)
const PIECES = [[1 << 20], [1], [9, 1, 7], [16_384, 3, 60_000]]

for (const pieces of PIECES) {
  test(`two ends understand each other, in pieces of ${pieces.join(', ')}`, () => {
    const client = new End(false)
    const server = new End(true)
    talk(client, server, pieces)
    const asked = [1, 2, 3].map((number) => new Heard(client.session.open([':method', 'POST', 'x-number', String(number)], false)))
    for (const { stream } of asked) {
      stream.resume()
      stream.write(Buffer.from(LARGE))
      stream.endWith(['x-sum', '1'])
    }
    talk(client, server, pieces)
    for (const { stream, heads } of server.streams) {
      stream.resume()
      stream.head([':status', '103', 'link', 'a'], false)
      stream.head([':status', '200', 'x-long', 'v'.repeat(1_500), 'x-asked', heads[0] ?? ''], false)
      stream.end(Buffer.from(LARGE))
    }
    talk(client, server, pieces)
    expect(server.streams.map(({ heads }) => heads)).toEqual([1, 2, 3].map((number) => [`:method POST x-number ${number}`]))
    for (const heard of server.streams) {
      expect(heard.text === LARGE).toBe(true)
      expect(heard).toMatchObject({ ended: true, trailers: ['x-sum', '1'], closed: 'whole' })
    }
    for (const [index, heard] of asked.entries()) {
      const asks = `:method POST x-number ${index + 1}`
      expect(heard.heads).toEqual([':status 103 link a', `:status 200 x-long ${'v'.repeat(1_500)} x-asked ${asks}`])
      expect(heard.text === LARGE).toBe(true)
      expect(heard).toMatchObject({ ended: true, trailers: [], closed: 'whole' })
    }
  })
}

test('a head that takes many frames is one head', () => {
  const client = new End(false)
  const server = new End(true)
  const fields = Array.from({ length: 10 }, (_, index) => [`x-${index}`, 'v'.repeat(5_000)]).flat()
  client.session.open([':method', 'GET', ...fields], true)
  const heads = framesIn(client.said().subarray(PREFACE.length)).filter(({ type }) => type === FRAME.headers || type === FRAME.continuation)
  expect(heads.map(({ type, flags }) => [type, flags])).toEqual([
    [FRAME.headers, END_STREAM],
    [FRAME.continuation, 0],
    [FRAME.continuation, 0],
    [FRAME.continuation, END_HEADERS],
  ])
  expect(server.streams).toEqual([])
})

test('content waits for its window, and streams take turns', () => {
  const client = new End(false)
  const server = new End(true)
  talk(client, server, [1 << 20])
  const streams = [1, 2].map(() => new Heard(client.session.open([':method', 'POST'], false)))
  for (const { stream } of streams) expect(stream.write(Buffer.alloc(WINDOW * 2, 'x'))).toBe(false)
  talk(client, server, [1 << 20])
  // Nobody reads: each has got what one window takes.
  expect(streams.map(({ drains }) => drains)).toEqual([0, 0])
  server.streams[1]?.stream.resume()
  talk(client, server, [1 << 20])
  expect(server.streams.map(({ text }) => text.length)).toEqual([0, WINDOW * 2])
  expect(streams.map(({ drains }) => drains)).toEqual([0, 1])
  server.streams[0]?.stream.resume()
  talk(client, server, [1 << 20])
  expect(server.streams.map(({ text }) => text.length)).toEqual([WINDOW * 2, WINDOW * 2])
})

test('a smaller window for streams that are open is a debt that they work off', () => {
  const server = serverThatRead(get(1), setting(SETTING.initialWindowSize, 100))
  const { stream } = server.streams[0] as Heard
  const sent = (): number => framesIn(server.said()).reduce((sum, { type, content }) => sum + (type === FRAME.data ? content.length : 0), 0)
  stream.head([':status', '200'], false)
  expect(stream.write(Buffer.alloc(150))).toBe(false)
  expect(sent()).toBe(100)
  for (const [size, more] of [
    [50, 0],
    [120, 20],
    [160, 30],
  ] as const) {
    const octets = setting(SETTING.initialWindowSize, size)
    server.session.read(octets, octets.length)
    expect(sent()).toBe(more)
  }
})

test('a wire that takes no more stops content, and nothing else', () => {
  const server = serverThatRead(get(1), get(3))
  const [first, second] = server.streams as [Heard, Heard]
  const wide = Buffer.concat([frame(FRAME.windowUpdate, 0, 0, uint32(1 << 24)), frame(FRAME.windowUpdate, 0, 1, uint32(1 << 24))])
  server.session.read(wide, wide.length)
  server.wire.isFull = true
  first.stream.head([':status', '200'], false)
  while (first.stream.write(Buffer.alloc(64 * 1024)));
  second.stream.head([':status', '204'], true)
  expect(second.closed).toBe('whole')
  const before = server.said().length
  expect(before).toBeLessThan(512 * 1024)
  expect(first.drains).toBe(0)
  server.wire.isFull = false
  server.wire.writableLength = 0
  server.session.outlet.onDrain()
  expect(first.drains).toBe(1)
})

test('content that is paused comes later, also when the stream is over by then', () => {
  const client = new End(false)
  const server = new End(true)
  talk(client, server, [1 << 20])
  const heard = new Heard(client.session.open([':method', 'GET'], true))
  talk(client, server, [1 << 20])
  const { stream } = server.streams[0] as Heard
  stream.head([':status', '200'], false)
  for (const text of ['some', ' ', 'content']) stream.write(Buffer.from(text))
  stream.end()
  talk(client, server, [1 << 20])
  expect(heard).toMatchObject({ text: '', ended: false, closed: 'whole' })
  heard.stream.resume()
  expect(heard).toMatchObject({ text: 'some content', ended: true })
})

test('a reset takes content along that was not read, unless all of it had come', () => {
  for (const [length, text] of [
    [-1, ''],
    [4, 'some'],
  ] as const) {
    const server = serverThatRead(post(1))
    const heard = server.streams[0] as Heard
    if (length >= 0) heard.stream.expect(length)
    const octets = Buffer.concat([data(1, 'some'), frame(FRAME.reset, 0, 1, uint32(CODE.noError))])
    server.session.read(octets, octets.length)
    heard.stream.resume()
    expect([heard.text, heard.closed]).toEqual([text, CODE.noError])
  }
})

test('who has answered early tells the client that it can stop, once all was said', () => {
  const server = serverThatRead(post(1), setting(SETTING.initialWindowSize, 2))
  const heard = server.streams[0] as Heard
  heard.stream.head([':status', '413'], false)
  heard.stream.end(Buffer.from('no!'))
  heard.stream.dismiss()
  expect(resetsIn(server.said())).toEqual([])
  const more = frame(FRAME.windowUpdate, 0, 1, uint32(1))
  server.session.read(more, more.length)
  expect(resetsIn(server.said())).toEqual([CODE.noError])
  expect(heard.closed).toBe(CODE.noError)
})

test('the end of a connection is the end of its streams', () => {
  const server = serverThatRead(get(1), post(3))
  server.session.end(CODE.cancel)
  expect(server.streams.map(({ closed }) => closed)).toEqual([CODE.cancel, CODE.cancel])
  for (const { stream } of server.streams) {
    stream.head([':status', '200'], false)
    expect(stream.write(Buffer.alloc(10))).toBe(true)
    stream.end()
  }
  expect(framesIn(server.said()).filter(({ type }) => type === FRAME.headers || type === FRAME.data)).toEqual([])
})
