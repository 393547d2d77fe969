import { END_HEADERS, END_STREAM, FRAME, frame, framesIn, uint32 } from './http2-frames.ts'
import { type Peer, startRawOrigin } from './peer.ts'

const SETTINGS = frame(FRAME.settings, 0, 0)
const SETTINGS_ACK = frame(FRAME.settings, 0x1, 0)
const PREFACE_OCTETS = 24

/** A head of these octets, which are fields as HPACK writes them. */
export const head = (stream: number, fields: readonly number[], endStream = false): Buffer =>
  frame(FRAME.headers, END_HEADERS | (endStream ? END_STREAM : 0), stream, Buffer.from(fields))

/** HEADERS with `:status: 200`, which is one octet (RFC 7541, appendix A). */
export const respond = (stream: number, endStream = false): Buffer => head(stream, [0x88], endStream)

export const data = (stream: number, text: string, endStream = false): Buffer =>
  frame(FRAME.data, endStream ? END_STREAM : 0, stream, Buffer.from(text))

export const reset = (stream: number, code: number): Buffer => frame(FRAME.reset, 0, stream, uint32(code))

export const goaway = (lastStream: number, code: number): Buffer =>
  frame(FRAME.goaway, 0, 0, Buffer.concat([uint32(lastStream), uint32(code)]))

/** The streams of a type of frame in what a client has sent, in order. */
export const streamsOf = (type: number, { received }: Peer): number[] =>
  framesIn(received.subarray(PREFACE_OCTETS)).flatMap((one) => (one.type === type ? [one.stream] : []))

/** A server of our own frames: answers the settings and calls back for each request that is new. */
export async function startFrames(onRequest: (peer: Peer, stream: number) => void) {
  const answered = new Map<Peer, number>()
  const origin = await startRawOrigin((peer) => {
    if (peer.received.length === 0) return
    const streams = streamsOf(FRAME.headers, peer)
    const before = answered.get(peer)
    answered.set(peer, streams.length)
    if (before === undefined) peer.send(Buffer.concat([SETTINGS, SETTINGS_ACK]))
    for (const stream of streams.slice(before ?? 0)) onRequest(peer, stream)
    if (peer.end !== 'open') peer.finish()
  })
  return { ...origin, url: origin.url.replace('http:', 'h2c:'), [Symbol.asyncDispose]: () => origin[Symbol.asyncDispose]() }
}
