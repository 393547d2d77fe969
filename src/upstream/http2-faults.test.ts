import { constants, type ServerHttp2Stream } from 'node:http2'
import { describe, expect, test } from 'vitest'
import { HandedBody, type Question, send } from '../../test/harness/dispatched.ts'
import * as raw from '../../test/harness/frames-server.ts'
import { type OnStream, type RunningHttp2Server, startHttp2Server } from '../../test/harness/http2-server.ts'
import { OpenedServers } from '../../test/harness/opened-servers.ts'
import { startRawOrigin } from '../../test/harness/peer.ts'
import { GatewayError } from '../errors.ts'

const urlOf = ({ port }: RunningHttp2Server): string => `h2c://127.0.0.1:${port}`

/** What becomes of the answer to one GET. */
async function answered(onStream: OnStream, question: Question = {}) {
  await using server = await startHttp2Server(onStream)
  await using servers = new OpenedServers()
  return await send(servers.open(urlOf(server)), question).untilOver()
}

const LARGE = 16 * 1024 * 1024
const CHUNK = Buffer.alloc(64 * 1024, 'x')

describe('back-pressure', () => {
  test('a client that does not read stops the server, and nothing is kept of what it would send', async () => {
    let written = 0
    await using server = await startHttp2Server((stream, headers) => {
      stream.resume()
      stream.respond({ ':status': 200 })
      if (headers[':path'] !== '/large') {
        stream.end()
        return
      }
      const fill = (): void => {
        while (written < LARGE) {
          written += CHUNK.length
          if (!stream.write(CHUNK)) return
        }
        stream.end()
      }
      stream.on('drain', fill)
      fill()
    })
    await using servers = new OpenedServers()
    const dispatch = servers.open(urlOf(server))
    const response = send(dispatch, {
      path: '/large',
      prepare: (one) => {
        one.onStart = () => one.controller?.pause()
      },
    })
    await response.until(({ status }) => status === 200)
    // Others on the same connection are served all the while, and by their end all that was going to come has come.
    for (let turn = 0; turn < 5; turn++) expect((await send(dispatch).untilOver()).outcome).toBe(200)
    expect(server.sessions).toHaveLength(1)
    expect(response.octets).toBe(0)
    expect(written).toBeLessThan(1024 * 1024)
    response.controller?.resume()
    await response.untilOver()
    expect(response).toMatchObject({ outcome: 200, octets: LARGE })
  })

  test('a client that pauses at every chunk gets everything', async () => {
    const response = await answered(
      (stream) => {
        stream.respond({ ':status': 200 })
        stream.end(Buffer.alloc(1024 * 1024, 'x'))
      },
      {
        prepare: (one) => {
          one.onChunk = () => {
            one.controller?.pause()
            setImmediate(() => one.controller?.resume())
          }
        },
      },
    )
    expect(response).toMatchObject({ outcome: 200, octets: 1024 * 1024 })
  })

  test('a server that does not read stops the client', async () => {
    const opened = Promise.withResolvers<ServerHttp2Stream>()
    let arrived = 0
    await using server = await startHttp2Server((stream) => opened.resolve(stream))
    await using servers = new OpenedServers()
    const paused = Promise.withResolvers<void>()
    let sent = 0
    const body = new HandedBody(LARGE, () => {
      if (body.isPaused) paused.resolve()
      else fill()
    })
    const fill = (): void => {
      while (sent < LARGE && !body.isPaused) {
        sent += CHUNK.length
        body.push(CHUNK)
        if (sent === LARGE) body.end()
      }
    }
    const response = send(servers.open(urlOf(server)), { method: 'PUT', body })
    const stream = await opened.promise
    await paused.promise
    expect(sent).toBeLessThan(1024 * 1024)
    stream.on('data', (chunk: Buffer) => {
      arrived += chunk.length
    })
    stream.on('end', () => stream.respond({ ':status': 200 }, { endStream: true }))
    await response.untilOver()
    expect(response.outcome).toBe(200)
    expect(arrived).toBe(LARGE)
  })
})

describe('an answer that is not whole is never taken for one', () => {
  const ends = [
    { why: 'a reset with NO_ERROR', code: constants.NGHTTP2_NO_ERROR, outcome: 'GTW_UPSTREAM_CLOSED' },
    { why: 'a reset with CANCEL', code: constants.NGHTTP2_CANCEL, outcome: 'GTW_UPSTREAM_RESET' },
    { why: 'a reset with INTERNAL_ERROR', code: constants.NGHTTP2_INTERNAL_ERROR, outcome: 'GTW_UPSTREAM_RESET' },
    { why: 'a reset with REFUSED_STREAM', code: constants.NGHTTP2_REFUSED_STREAM, outcome: 'GTW_UPSTREAM_RESET' },
  ]
  for (const { why, code, outcome } of ends) {
    test(`${why} in the content`, async () => {
      await using origin = await raw.startFrames((peer, stream) => peer.send(Buffer.concat([raw.respond(stream), raw.data(stream, 'he')])))
      await using servers = new OpenedServers()
      const response = send(servers.open(origin.url))
      await response.until(({ text }) => text === 'he')
      origin.peers[0]?.send(raw.reset(1, code))
      await response.untilOver()
      expect(response.outcome).toBe(outcome)
    })

    test(`${why} together with the head and some content`, async () => {
      await using origin = await raw.startFrames((peer, stream) =>
        peer.send(Buffer.concat([raw.respond(stream), raw.data(stream, 'he'), raw.reset(stream, code)])),
      )
      await using servers = new OpenedServers()
      expect((await send(servers.open(origin.url)).untilOver()).outcome).toBe(outcome)
    })
  }

  test('the end of the connection in the content', async () => {
    for (const end of ['finish', 'reset'] as const) {
      await using origin = await raw.startFrames((peer, stream) => peer.send(Buffer.concat([raw.respond(stream), raw.data(stream, 'he')])))
      await using servers = new OpenedServers()
      const response = send(servers.open(origin.url))
      await response.until(({ text }) => text === 'he')
      origin.peers[0]?.[end]()
      await response.untilOver()
      expect(response.outcome).toMatch(/^GTW_UPSTREAM_(CLOSED|RESET)$/)
    }
  })

  test('less content than its length says', async () => {
    const outcome = await answered((stream) => {
      stream.respond({ ':status': 200, 'content-length': '9' })
      stream.end('hello')
    })
    expect(outcome.outcome).toBe('GTW_UPSTREAM_INVALID')
  })

  const malformed = [
    { why: 'an upper-case name', fields: [0x88, 0x00, 0x01, 0x41, 0x01, 0x62] },
    { why: 'a field of HTTP/1 connections', fields: [0x88, 0x00, 0x0a, ...Buffer.from('connection'), 0x05, ...Buffer.from('close')] },
    { why: 'no status', fields: [0x00, 0x01, 0x61, 0x01, 0x62] },
    { why: 'status 101', fields: [0x08, 0x03, ...Buffer.from('101')] },
  ]
  for (const { why, fields } of malformed) {
    test(`${why} is no response`, async () => {
      await using origin = await raw.startFrames((peer, stream) => peer.send(raw.head(stream, fields, true)))
      await using servers = new OpenedServers()
      expect((await send(servers.open(origin.url)).untilOver()).outcome).toBe('GTW_UPSTREAM_INVALID')
    })
  }

  test('a line end in a value: the field is left out', async () => {
    const fields = [0x88, 0x00, 0x01, 0x61, 0x03, 0x62, 0x0d, 0x0a, 0x00, 0x01, 0x63, 0x01, 0x64]
    await using origin = await raw.startFrames((peer, stream) => peer.send(raw.head(stream, fields, true)))
    await using servers = new OpenedServers()
    const response = await send(servers.open(origin.url)).untilOver()
    expect(response.outcome).toBe(200)
    expect(response.headers.raw).toEqual(['c', 'd'])
  })

  test('all that its length says, and a reset with NO_ERROR: that is whole', async () => {
    const head = raw.head(1, [0x88, 0x0f, 0x0d, 0x01, 0x35])
    await using origin = await raw.startFrames((peer, stream) =>
      peer.send(Buffer.concat([head, raw.data(stream, 'hello'), raw.reset(stream, constants.NGHTTP2_NO_ERROR)])),
    )
    await using servers = new OpenedServers()
    expect(await send(servers.open(origin.url)).untilOver()).toMatchObject({ outcome: 200, text: 'hello' })
  })

  test('a server that speaks HTTP/1.1 where HTTP/2 is known', async () => {
    await using origin = await startRawOrigin((peer) => {
      if (peer.received.length > 0) peer.send('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n')
    })
    await using servers = new OpenedServers()
    const response = await send(servers.open(origin.url.replace('http:', 'h2c:'))).untilOver()
    expect(response.outcome).toBe('GTW_UPSTREAM_INVALID')
  })
})

describe('an answer that comes before the request has ended', () => {
  for (const [why, code] of [
    ['with NO_ERROR', constants.NGHTTP2_NO_ERROR],
    ['with an error', constants.NGHTTP2_INTERNAL_ERROR],
  ] as const) {
    test(`is kept, also when a reset ${why} follows`, async () => {
      await using origin = await raw.startFrames((peer, stream) =>
        peer.send(Buffer.concat([raw.respond(stream), raw.data(stream, 'too much', true), raw.reset(stream, code)])),
      )
      await using servers = new OpenedServers()
      const body = new HandedBody().push('hello')
      const response = await send(servers.open(origin.url), { method: 'POST', body }).untilOver()
      expect(response).toMatchObject({ outcome: 200, text: 'too much' })
      body.push('more').end()
    })
  }

  test('tells the server that the rest is not needed', async () => {
    const reset = Promise.withResolvers<number>()
    const body = new HandedBody().push('hello')
    await using server = await startHttp2Server((stream) => {
      stream.on('close', () => reset.resolve(stream.rstCode))
      stream.resume()
      stream.respond({ ':status': 413 })
      stream.end('no')
    })
    await using servers = new OpenedServers()
    const response = await send(servers.open(urlOf(server)), { method: 'POST', body }).untilOver()
    expect(response).toMatchObject({ outcome: 413, text: 'no' })
    expect(await reset.promise).toBe(constants.NGHTTP2_NO_ERROR)
    // Whoever reads the rest of the request does so for nobody.
    body.push('more').end()
    expect((await send(servers.open(urlOf(server))).untilOver()).outcome).toBe(413)
    expect(server.sessions).toHaveLength(1)
  })
})

describe('who gives up', () => {
  test('the client: the server hears of it, and the connection lives on', async () => {
    const codes: number[] = []
    const closed = Promise.withResolvers<void>()
    await using server = await startHttp2Server((stream, headers) => {
      if (headers[':path'] === '/ok') {
        stream.respond({ ':status': 200 }, { endStream: true })
        return
      }
      stream.on('close', () => {
        codes.push(stream.rstCode)
        closed.resolve()
      })
      stream.respond({ ':status': 200 })
      stream.write('he')
    })
    await using servers = new OpenedServers()
    const dispatch = servers.open(urlOf(server))
    const response = send(dispatch)
    await response.until(({ text }) => text === 'he')
    response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
    expect(response.outcome).toBe('GTW_CLIENT_GONE')
    await closed.promise
    expect(codes).toEqual([constants.NGHTTP2_CANCEL])
    expect((await send(dispatch, { path: '/ok' }).untilOver()).outcome).toBe(200)
    expect(server.sessions).toHaveLength(1)
  })

  test('the client, at once: nothing is sent', async () => {
    let streams = 0
    await using server = await startHttp2Server((stream) => {
      streams++
      stream.respond({ ':status': 200 }, { endStream: true })
    })
    await using servers = new OpenedServers()
    const dispatch = servers.open(urlOf(server))
    const response = send(dispatch)
    response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
    expect(response.outcome).toBe('GTW_CLIENT_GONE')
    expect((await send(dispatch).untilOver()).outcome).toBe(200)
    expect(streams).toBe(1)
  })

  test('content that breaks off: the server never takes it as complete', async () => {
    const closed = Promise.withResolvers<[code: number, ended: boolean]>()
    await using server = await startHttp2Server((stream) => {
      let ended = false
      stream.on('end', () => {
        ended = !stream.aborted
      })
      stream.on('close', () => closed.resolve([stream.rstCode, ended]))
      stream.resume()
    })
    await using servers = new OpenedServers()
    const body = new HandedBody().push('hello')
    const response = send(servers.open(urlOf(server)), { method: 'POST', body })
    await servers.clock.until(() => server.sessions.length === 1)
    body.fail(new GatewayError('GTW_REQUEST_INCOMPLETE'))
    expect(response.outcome).toBe('GTW_REQUEST_INCOMPLETE')
    expect(await closed.promise).toEqual([constants.NGHTTP2_CANCEL, false])
  })

  test('the gateway, when no answer comes in time; the connection lives on', async () => {
    const opened = Promise.withResolvers<void>()
    await using server = await startHttp2Server(() => opened.resolve())
    await using servers = new OpenedServers()
    const response = send(servers.open(urlOf(server), { forwardingTimeouts: { responseHeaderTimeout: '10s' } }))
    await opened.promise
    servers.clock.advance(9_999)
    expect(response.outcome).toBeUndefined()
    servers.clock.advance(1)
    expect(response.outcome).toBe('GTW_UPSTREAM_TIMEOUT')
    expect(server.sessions[0]?.destroyed).toBe(false)
  })
})
