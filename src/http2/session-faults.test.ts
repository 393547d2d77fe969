import { expect, test } from 'vitest'
import { data, End, get, goawayIn, post, resetsIn, serverThatRead } from '../../test/harness/http2-ends.ts'
import { END_HEADERS, END_STREAM, FRAME, fieldBlock, fieldsOf, frame, setting, uint32 } from '../../test/harness/http2-frames.ts'
import { CODE, FLAG, LARGEST_WINDOW, PREFACE, SETTING } from './protocol.ts'

const faults: readonly { why: string; octets: Buffer; code: number }[] = [
  { why: 'DATA on stream 0', octets: data(0, 'x'), code: CODE.protocolError },
  { why: 'DATA on a stream that is not open yet', octets: data(1, 'x'), code: CODE.protocolError },
  {
    why: 'more padding than frame',
    octets: Buffer.concat([post(1), frame(FRAME.data, FLAG.padded, 1, Buffer.from([9, 1]))]),
    code: CODE.protocolError,
  },
  { why: 'padding without a length', octets: Buffer.concat([post(1), frame(FRAME.data, FLAG.padded, 1)]), code: CODE.protocolError },
  { why: 'HEADERS on stream 0', octets: get(0), code: CODE.protocolError },
  { why: 'HEADERS on an even stream', octets: get(2), code: CODE.protocolError },
  { why: 'HEADERS that nobody can read', octets: frame(FRAME.headers, END_HEADERS, 1, Buffer.from([0xff])), code: CODE.compressionError },
  { why: 'CONTINUATION without HEADERS', octets: frame(FRAME.continuation, END_HEADERS, 1), code: CODE.protocolError },
  {
    why: 'a frame between those of one head',
    octets: Buffer.concat([frame(FRAME.headers, END_STREAM, 1, fieldBlock(fieldsOf())), frame(FRAME.ping, 0, 0, Buffer.alloc(8))]),
    code: CODE.protocolError,
  },
  {
    why: 'a head of more octets than two are kept',
    octets: Buffer.concat([frame(FRAME.headers, 0, 1), frame(FRAME.continuation, 0, 1, Buffer.alloc(4_001))]),
    code: CODE.enhanceYourCalm,
  },
  {
    why: 'a head in very many pieces',
    octets: Buffer.concat([frame(FRAME.headers, 0, 1), ...Array(64).fill(frame(FRAME.continuation, 0, 1))]),
    code: CODE.enhanceYourCalm,
  },
  { why: 'PRIORITY on stream 0', octets: frame(FRAME.priority, 0, 0, Buffer.alloc(5)), code: CODE.protocolError },
  { why: 'RST_STREAM of a stream that is not open yet', octets: frame(FRAME.reset, 0, 1, uint32(8)), code: CODE.protocolError },
  { why: 'RST_STREAM of another length', octets: Buffer.concat([get(1), frame(FRAME.reset, 0, 1)]), code: CODE.frameSizeError },
  { why: 'SETTINGS on a stream', octets: frame(FRAME.settings, 0, 1), code: CODE.protocolError },
  { why: 'half a setting', octets: frame(FRAME.settings, 0, 0, Buffer.alloc(5)), code: CODE.frameSizeError },
  { why: 'a SETTINGS ack that says something', octets: frame(FRAME.settings, FLAG.ack, 0, Buffer.alloc(6)), code: CODE.frameSizeError },
  { why: 'very many settings', octets: frame(FRAME.settings, 0, 0, Buffer.alloc(33 * 6)), code: CODE.enhanceYourCalm },
  { why: 'too large a window', octets: setting(SETTING.initialWindowSize, 2 ** 31), code: CODE.flowControlError },
  { why: 'too small a frame', octets: setting(SETTING.maxFrameSize, 16_383), code: CODE.protocolError },
  { why: 'PUSH_PROMISE', octets: frame(5, END_HEADERS, 1, uint32(2)), code: CODE.protocolError },
  { why: 'PING of another length', octets: frame(FRAME.ping, 0, 0, Buffer.alloc(7)), code: CODE.frameSizeError },
  { why: 'PING on a stream', octets: frame(FRAME.ping, 0, 1, Buffer.alloc(8)), code: CODE.protocolError },
  { why: 'GOAWAY on a stream', octets: frame(FRAME.goaway, 0, 1, Buffer.alloc(8)), code: CODE.protocolError },
  { why: 'GOAWAY without a code', octets: frame(FRAME.goaway, 0, 0, Buffer.alloc(4)), code: CODE.frameSizeError },
  { why: 'WINDOW_UPDATE of nothing', octets: frame(FRAME.windowUpdate, 0, 0, uint32(0)), code: CODE.protocolError },
  { why: 'WINDOW_UPDATE of another length', octets: frame(FRAME.windowUpdate, 0, 0, Buffer.alloc(3)), code: CODE.frameSizeError },
  { why: 'too much of WINDOW_UPDATE', octets: frame(FRAME.windowUpdate, 0, 0, uint32(LARGEST_WINDOW)), code: CODE.flowControlError },
  {
    why: 'WINDOW_UPDATE on a stream that is not open yet',
    octets: frame(FRAME.windowUpdate, 0, 1, uint32(1)),
    code: CODE.protocolError,
  },
  { why: 'a frame that is too large', octets: data(1, 'x'.repeat(16_385)), code: CODE.frameSizeError },
]

for (const { why, octets, code } of faults) {
  test(`${why} ends the connection`, () => {
    const server = serverThatRead(octets, get(101))
    expect(goawayIn(server.said())).toBe(code)
    expect(server.session.isOver).toBe(true)
    expect(server.streams.filter(({ closed }) => closed === 'open')).toEqual([])
    // Nothing is read behind it.
    expect(server.streams.map(({ stream }) => stream.id)).not.toContain(101)
  })
}

test('a client that does not begin with the preface, or then not with settings, is none', () => {
  for (const octets of [Buffer.from('GET / HTTP/1.1\r\n\r\n'), Buffer.concat([PREFACE, get(1)])]) {
    const server = new End(true)
    server.session.read(octets, octets.length)
    expect(goawayIn(server.said())).toBe(CODE.protocolError)
    expect(server.streams).toEqual([])
  }
})

const resets: readonly { why: string; octets: Buffer; code: number }[] = [
  { why: 'WINDOW_UPDATE of nothing', octets: frame(FRAME.windowUpdate, 0, 1, uint32(0)), code: CODE.protocolError },
  { why: 'too much of WINDOW_UPDATE', octets: frame(FRAME.windowUpdate, 0, 1, uint32(LARGEST_WINDOW)), code: CODE.flowControlError },
  { why: 'HEADERS that are not the end', octets: post(1), code: CODE.protocolError },
  {
    why: 'trailers in upper case',
    octets: frame(FRAME.headers, END_HEADERS | END_STREAM, 1, fieldBlock([['X-A', '1']])),
    code: CODE.protocolError,
  },
  { why: 'DATA behind the end', octets: Buffer.concat([data(1, 'x', END_STREAM), data(1, 'y')]), code: CODE.streamClosed },
  {
    why: 'more DATA than the window allows',
    octets: Buffer.concat(Array.from({ length: 5 }, () => data(1, 'x'.repeat(16_000)))),
    code: CODE.flowControlError,
  },
]

for (const { why, octets, code } of resets) {
  test(`${why} ends one stream and no other`, () => {
    const server = serverThatRead(post(1), get(3), octets, get(5))
    expect(resetsIn(server.said())).toEqual([code])
    expect(server.streams.map(({ stream, closed }) => [stream.id, closed])).toEqual([
      [1, code],
      [3, 'open'],
      [5, 'open'],
    ])
  })
}

test('content that is more or less than was declared ends the stream', () => {
  for (const text of ['too much', 'few']) {
    const server = serverThatRead(post(1))
    server.streams[0]?.stream.expect(5)
    const content = data(1, text, END_STREAM)
    server.session.read(content, content.length)
    expect(resetsIn(server.said())).toEqual([CODE.protocolError])
    expect(server.streams[0]?.ended).toBe(false)
  }
})

test('whatever comes, reading it ends', () => {
  let seed = 1
  const random = (below: number): number => {
    seed = (seed * 48_271) % 2_147_483_647
    return seed % below
  }
  for (let round = 0; round < 3_000; round++) {
    const frames = Array.from({ length: 1 + random(6) }, () => {
      const content = Buffer.from(Array.from({ length: random(40) }, () => random(256)))
      return random(3) === 0 ? post(1 + 2 * random(3)) : frame(random(11), random(256), random(6), content)
    })
    const server = serverThatRead(...frames)
    for (const { stream } of server.streams) {
      stream.resume()
      stream.head([':status', '200'], false)
      stream.end(Buffer.alloc(random(100)))
    }
    server.session.end(CODE.noError)
    expect(server.session.streams).toBe(0)
  }
})
