import { connectTo, type Peer } from './peer.ts'

/** The frames of RFC 9113 §6 that clients send. */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const
export const END_STREAM = 1
export const END_HEADERS = 4

const PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'
const HEADER = 9

interface Frame {
  readonly type: number
  readonly flags: number
  readonly stream: number
  readonly content: Buffer
}

/** One frame as octets. */
export function frame(type: number, flags: number, stream: number, content: Uint8Array = Buffer.alloc(0)): Buffer {
  const header = Buffer.alloc(HEADER)
  header.writeUIntBE(content.length, 0, 3)
  header[3] = type
  header[4] = flags
  header.writeUInt32BE(stream, 5)
  return Buffer.concat([header, content])
}

/** A block of fields, each as a literal that nobody needs to remember (RFC 7541 §6.2.2). */
export function fieldBlock(fields: readonly (readonly [name: string, value: string])[]): Buffer {
  return Buffer.concat(fields.flatMap(([name, value]) => [Buffer.from([0]), text(name), text(value)]))
}

/** The fields that every request has. */
export const fieldsOf = (path = '/', method = 'GET'): [string, string][] => [
  [':method', method],
  [':scheme', 'http'],
  [':authority', 'a.test'],
  [':path', path],
]

export const uint32 = (value: number): Buffer => {
  const octets = Buffer.alloc(4)
  octets.writeUInt32BE(value)
  return octets
}

/** A SETTINGS frame with one setting. */
export const setting = (name: number, value: number): Buffer =>
  frame(FRAME.settings, 0, 0, Buffer.concat([Buffer.from([0, name]), uint32(value)]))

function text(value: string): Buffer {
  const octets = Buffer.from(value, 'latin1')
  if (octets.length < 127) return Buffer.concat([Buffer.from([octets.length]), octets])
  const length = [127]
  let rest = octets.length - 127
  for (; rest >= 128; rest = Math.floor(rest / 128)) length.push((rest % 128) | 128)
  return Buffer.concat([Buffer.from([...length, rest]), octets])
}

/** The complete frames in what was received. */
export function framesIn(received: Buffer): Frame[] {
  const frames: Frame[] = []
  for (let at = 0; at + HEADER <= received.length; ) {
    const end = at + HEADER + received.readUIntBE(at, 3)
    if (end > received.length) break
    const [type = 0, flags = 0] = received.subarray(at + 3, at + 5)
    frames.push({ type, flags, stream: received.readUInt32BE(at + 5), content: received.subarray(at + HEADER, end) })
    at = end
  }
  return frames
}

/** Opens a connection in clear text and sends the preface with an empty SETTINGS frame. */
export async function connectFrames(port: number): Promise<Peer> {
  const peer = await connectTo(port)
  peer.send(PREFACE)
  peer.send(frame(FRAME.settings, 0, 0))
  return peer
}
