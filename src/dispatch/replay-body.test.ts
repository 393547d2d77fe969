import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import type { BodySink, RequestBody } from '../http/request.ts'
import { ReplayBody, ReplayMemory } from './replay-body.ts'

/** A client whose content comes when a test says so; what is paused waits here. */
class Source implements RequestBody {
  readonly length = -1
  started = false
  isPaused = false
  #sink: BodySink | undefined
  readonly #view = Buffer.alloc(1000)

  start(sink: BodySink): void {
    this.started = true
    this.#sink = sink
  }

  pause(): void {
    this.isPaused = true
  }

  resume(): void {
    this.isPaused = false
  }

  /** The buffer is used again, as that of a socket is. */
  send(text: string): void {
    const size = this.#view.write(text)
    this.#sink?.onBodyData(this.#view.subarray(0, size))
    this.#view.fill('#')
  }

  end(trailers?: Headers): void {
    this.#sink?.onBodyEnd(trailers)
  }

  fail(): void {
    this.#sink?.onBodyError(new GatewayError('GTW_CLIENT_GONE'))
  }
}

class Reader implements BodySink {
  text = ''
  end: string | undefined
  /** Called after each chunk. */
  onChunk: (() => void) | undefined

  onBodyData(chunk: Buffer): void {
    this.text += chunk.toString()
    this.onChunk?.()
  }

  onBodyEnd(trailers: Headers | undefined): void {
    this.end = trailers === undefined ? 'end' : `end ${trailers.raw}`
  }

  onBodyError(error: GatewayError): void {
    this.end = error.code
  }
}

function read(body: RequestBody): Reader {
  const reader = new Reader()
  body.start(reader)
  return reader
}

const memory = (most = 1000) => new ReplayMemory(most)

test('what passes is kept: later attempts read the same, with trailers', () => {
  const source = new Source()
  const replay = new ReplayBody(source, 100, memory())
  const first = read(replay.open())
  source.send('one ')
  source.send('two')
  expect([first.text, first.end, replay.isComplete]).toEqual(['one two', undefined, false])
  source.end(new Headers(['a', 'b']))
  expect([first.end, replay.isComplete]).toEqual(['end a,b', true])
  for (const again of [read(replay.open()), read(replay.open())]) expect([again.text, again.end]).toEqual(['one two', 'end a,b'])
})

test('nothing is read before the first attempt starts', () => {
  const source = new Source()
  const body = new ReplayBody(source, 100, memory()).open()
  expect([source.started, body.started, body.length]).toEqual([false, false, -1])
  read(body)
  expect([source.started, body.started]).toEqual([true, true])
  expect(() => body.start(new Reader())).toThrow('content can be read once')
})

test('an attempt that begins early takes the place of the one before', () => {
  const source = new Source()
  const replay = new ReplayBody(source, 100, memory())
  const body = replay.open()
  const first = read(body)
  source.send('one ')
  body.pause()
  expect(source.isPaused).toBe(true)
  const second = read(replay.open())
  expect([second.text, source.isPaused]).toEqual(['one ', false])
  body.pause()
  expect(source.isPaused).toBe(false)
  source.send('two')
  source.end()
  expect([first.text, first.end]).toEqual(['one ', undefined])
  expect([second.text, second.end]).toEqual(['one two', 'end'])
})

test('an attempt that waits gets everything in order when it goes on', () => {
  const source = new Source()
  const replay = new ReplayBody(source, 100, memory())
  const body = replay.open()
  const reader = read(body)
  body.pause()
  source.send('one ')
  source.send('two')
  source.end()
  expect([reader.text, reader.end]).toEqual(['', undefined])
  reader.onChunk = () => body.pause()
  body.resume()
  expect([reader.text, reader.end]).toEqual(['one ', undefined])
  body.resume()
  expect(reader.text).toBe('one two')
  body.resume()
  expect(reader.end).toBe('end')
})

describe('beyond the bound', () => {
  for (const [why, limit, most] of [
    ['of the request', 5, 1000],
    ['of the memory', -1, 5],
  ] as const) {
    test(`${why} content passes on and is not kept`, () => {
      const source = new Source()
      const all = memory(most)
      const replay = new ReplayBody(source, limit, all)
      const reader = read(replay.open())
      source.send('12345')
      expect(replay.isKept).toBe(true)
      source.send('6')
      source.send('7')
      source.end()
      expect([reader.text, reader.end, replay.isKept, replay.isComplete]).toEqual(['1234567', 'end', false, false])
      expect(() => replay.open()).toThrow('the content was not kept')
      expect([all.take(most), all.take(1)]).toEqual([true, false])
    })
  }

  test('an attempt that waits loses nothing', () => {
    const source = new Source()
    const replay = new ReplayBody(source, 5, memory())
    const body = replay.open()
    const reader = read(body)
    body.pause()
    source.send('12345')
    source.send('67')
    source.end()
    body.resume()
    expect([reader.text, reader.end]).toEqual(['1234567', 'end'])
  })
})

test('what is released is read to its end by those who had begun, and its memory is free', () => {
  const source = new Source()
  const all = memory(10)
  const replay = new ReplayBody(source, -1, all)
  read(replay.open())
  source.send('1234567890')
  source.end()
  expect(all.take(1)).toBe(false)
  const opened = replay.open()
  replay.release()
  replay.release()
  expect([all.take(10), all.take(1)]).toEqual([true, false])
  expect(read(opened)).toMatchObject({ text: '1234567890', end: 'end' })
  expect(() => replay.open()).toThrow('the content was not kept')
})

test('content that is never complete fails for whoever reads it, now or later', () => {
  const source = new Source()
  const replay = new ReplayBody(source, 100, memory())
  const late = replay.open()
  const reader = read(replay.open())
  source.send('1')
  source.fail()
  expect([reader.end, read(late).end, replay.isComplete, replay.isKept]).toEqual(['GTW_CLIENT_GONE', 'GTW_CLIENT_GONE', false, false])
})

test('whatever happens in between, an attempt reads a beginning of the content, and all of it where it reads to the end', () => {
  const step = fc.oneof(
    fc.string({ minLength: 1, maxLength: 5, unit: 'grapheme-ascii' }).map((text) => ({ do: 'send', text }) as const),
    fc.constantFrom({ do: 'pause' } as const, { do: 'resume' } as const, { do: 'again' } as const, { do: 'release' } as const),
  )
  fc.assert(
    fc.property(fc.array(step), fc.integer({ min: -1, max: 20 }), (steps, limit) => {
      const source = new Source()
      const all = memory(30)
      const replay = new ReplayBody(source, limit, all)
      let body = replay.open()
      let reader = read(body)
      let sent = ''
      for (const one of steps) {
        if (one.do === 'send') {
          source.send(one.text)
          sent += one.text
        } else if (one.do === 'release') replay.release()
        else if (one.do !== 'again') body[one.do]()
        else if (replay.isKept) {
          body = replay.open()
          reader = read(body)
        }
        expect(sent.startsWith(reader.text)).toBe(true)
      }
      source.end()
      body.resume()
      expect([reader.text, reader.end]).toEqual([sent, 'end'])
      replay.release()
      expect([all.take(30), all.take(1)]).toEqual([true, false])
    }),
  )
})
