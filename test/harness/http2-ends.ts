import type { Wire } from '../../src/http2/outlet.ts'
import { PREFACE, SETTING } from '../../src/http2/protocol.ts'
import { Session, type SessionOptions, type SessionOwner } from '../../src/http2/session.ts'
import type { Stream, StreamListener } from '../../src/http2/stream.ts'
import { END_HEADERS, END_STREAM, FRAME, fieldBlock, fieldsOf, frame, framesIn } from './http2-frames.ts'

/** What each end may send before it hears of the other. */
export const WINDOW = 65_535
/** Streams that a client may open. */
const MOST_STREAMS = 3

const optionsOf = (isServer: boolean): SessionOptions => ({
  isServer,
  settings: [
    [SETTING.maxConcurrentStreams, MOST_STREAMS],
    [SETTING.initialWindowSize, WINDOW],
  ],
  connectionWindow: 4 * WINDOW,
  fields: { maxFields: 20, maxOctets: 2_000 },
  mostEncoderTable: 4096,
})

/** Keeps what is written, and takes no more than a test wants. */
class TestWire implements Wire {
  writableLength = 0
  isFull = false
  #written: Buffer[] = []

  write(octets: Buffer, done: () => void): boolean {
    this.#written.push(Buffer.from(octets))
    done()
    if (this.isFull) this.writableLength += octets.length
    return !this.isFull
  }

  take(): Buffer {
    return Buffer.concat(this.#written.splice(0))
  }
}

/** What one stream says. */
export class Heard implements StreamListener {
  readonly stream: Stream
  readonly heads: string[] = []
  readonly trailers: string[] = []
  text = ''
  ended = false
  drains = 0
  closed: number | 'open' | 'whole' = 'open'

  constructor(stream: Stream) {
    this.stream = stream
    stream.listener = this
  }

  onStreamHead(fields: readonly string[]): void {
    this.heads.push(fields.join(' '))
    this.stream.hasHead = !(fields[1] ?? '').startsWith('1')
  }

  onStreamData(chunk: Buffer): void {
    this.text += chunk.toString('latin1')
  }

  onStreamEnd(trailers: readonly string[] = []): void {
    this.ended = true
    this.trailers.push(...trailers)
  }

  onStreamDrain(): void {
    this.drains++
  }

  onStreamClose(code: number | undefined): void {
    this.closed = code ?? 'whole'
  }
}

/** One end of a connection, and all that it says. */
export class End implements SessionOwner {
  readonly wire = new TestWire()
  readonly session: Session
  readonly streams: Heard[] = []
  glitches = 0
  pongs = 0
  goaways: [number, number][] = []

  constructor(isServer: boolean) {
    this.session = new Session(this.wire, this, optionsOf(isServer))
  }

  /** What was written since the last time. */
  said(): Buffer {
    this.session.outlet.flush()
    return this.wire.take()
  }

  onRequest(stream: Stream, fields: string[]): void {
    const heard = new Heard(stream)
    heard.heads.push(fields.join(' '))
    this.streams.push(heard)
  }

  onSettings(): void {}

  onGoaway(lastStream: number, code: number): void {
    this.goaways.push([lastStream, code])
  }

  onPong(): void {
    this.pongs++
  }

  onGlitch(): void {
    this.glitches++
  }

  onStreamOver(): void {}

  onSessionFault(code: number): void {
    this.session.end(code)
  }
}

const SETTINGS = frame(FRAME.settings, 0, 0)
/** A whole request. */
export const get = (stream: number): Buffer => frame(FRAME.headers, END_HEADERS | END_STREAM, stream, fieldBlock(fieldsOf()))
/** The head of a request with content. */
export const post = (stream: number): Buffer => frame(FRAME.headers, END_HEADERS, stream, fieldBlock(fieldsOf('/', 'POST')))
/** Content of a stream. */
export const data = (stream: number, text: string, flags = 0): Buffer => frame(FRAME.data, flags, stream, Buffer.from(text))

/** A server that has read the preface, the settings and these octets. */
export function serverThatRead(...octets: Buffer[]): End {
  const server = new End(true)
  const all = Buffer.concat([PREFACE, SETTINGS, ...octets])
  server.session.read(all, all.length)
  return server
}

/** The numbers at a place in all frames of a type. */
export const codesOf = (said: Buffer, type: number, at: number): number[] =>
  framesIn(said).flatMap((one) => (one.type === type ? [one.content.readUInt32BE(at)] : []))
/** The code that a connection ended with. */
export const goawayIn = (said: Buffer): number | undefined => codesOf(said, FRAME.goaway, 4)[0]
/** The codes that streams ended with. */
export const resetsIn = (said: Buffer): number[] => codesOf(said, FRAME.reset, 0)

/** Lets both ends talk until neither has anything to say; the octets come in pieces of these sizes, in turn. */
export function talk(one: End, other: End, pieces: readonly number[]): void {
  let turn = 0
  for (let said = [one.said(), other.said()]; said[0]?.length || said[1]?.length; said = [one.said(), other.said()]) {
    for (const [index, to] of [other, one].entries()) {
      const octets = said[index] as Buffer
      for (let at = 0; at < octets.length; ) {
        const size = Math.min(pieces[turn++ % pieces.length] as number, octets.length - at)
        // What is read is over after the call.
        const piece = Buffer.from(octets.subarray(at, at + size))
        to.session.read(piece, size)
        piece.fill(0xee)
        at += size
      }
    }
  }
}
