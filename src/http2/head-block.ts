import type { Frame } from './frame-reader.ts'
import { CODE, FLAG } from './protocol.ts'

/** Frames that one head may be cut into. */
const MOST_FRAMES = 64

const PRIORITY_OCTETS = 5

/** A head that takes more than one frame (RFC 9113 §4.3): its octets, until the last one has come. */
export class HeadBlock {
  readonly stream: number
  readonly isLast: boolean
  readonly #mostOctets: number
  readonly #parts: Buffer[] = []
  #octets = 0

  constructor(first: Frame, part: Part, mostOctets: number) {
    this.stream = first.stream
    this.isLast = (first.flags & FLAG.endStream) !== 0
    this.#mostOctets = mostOctets
    this.#add(first.octets.subarray(part.start, part.end))
  }

  /** Whether the frame is the last one. */
  isCompletedBy(frame: Frame): boolean {
    this.#add(frame.octets.subarray(frame.start, frame.end))
    return (frame.flags & FLAG.endHeaders) !== 0
  }

  /** A head that goes on and on is an attack (CVE-2024-27316). */
  get isTooLong(): boolean {
    return this.#octets > this.#mostOctets || this.#parts.length > MOST_FRAMES
  }

  get octets(): Buffer {
    return Buffer.concat(this.#parts)
  }

  #add(octets: Buffer): void {
    this.#parts.push(Buffer.from(octets))
    this.#octets += octets.length
  }
}

/** What a frame says, without its padding and its priority. */
export interface Part {
  start: number
  end: number
}

const PART: Part = { start: 0, end: 0 }

/** Where the content of DATA and HEADERS lies, valid until the next call; undefined where there is more padding than frame. */
export function partOf({ octets, flags, start, end }: Frame, hasPriority: boolean): Part | undefined {
  let padding = 0
  let from = start
  if ((flags & FLAG.padded) !== 0) padding = start < end ? (octets[from++] as number) : 1
  if (hasPriority && (flags & FLAG.priority) !== 0) from += PRIORITY_OCTETS
  PART.start = from
  PART.end = end - padding
  return PART.end < from ? undefined : PART
}

/** Why a frame of a type with a fixed length is none (RFC 9113 §6): the wrong stream, or the wrong length. */
export function faultOf({ stream, start, end }: Frame, isOfStream: boolean, length: number): number {
  if ((stream !== 0) !== isOfStream) return CODE.protocolError
  return end - start === length ? CODE.noError : CODE.frameSizeError
}
