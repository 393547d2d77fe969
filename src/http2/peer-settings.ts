import { type Frame, uint32At } from './frame-reader.ts'
import { CODE, FIRST_TABLE_SIZE, FIRST_WINDOW, LARGEST_WINDOW, MOST_IN_FRAME, SETTING } from './protocol.ts'

const SETTING_OCTETS = 6

/** Nobody has so many: a frame of more is an attack (CVE-2019-9515). */
const MOST_SETTINGS = 32

/** What the peer has said of itself (RFC 9113 §6.5.2). */
export class PeerSettings {
  /** Undefined while it has set no limit. */
  maxConcurrentStreams: number | undefined = undefined
  initialWindowSize = FIRST_WINDOW
  headerTableSize = FIRST_TABLE_SIZE

  /** Returns why the frame is not valid. */
  apply({ octets, start, end }: Frame): number {
    if ((end - start) % SETTING_OCTETS !== 0) return CODE.frameSizeError
    if (end - start > MOST_SETTINGS * SETTING_OCTETS) return CODE.enhanceYourCalm
    let code: number = CODE.noError
    for (let at = start; at < end && code === CODE.noError; at += SETTING_OCTETS) {
      code = this.#set(((octets[at] as number) << 8) | (octets[at + 1] as number), uint32At(octets, at + 2) >>> 0)
    }
    return code
  }

  /** Settings that are unknown mean nothing. */
  #set(name: number, value: number): number {
    switch (name) {
      case SETTING.headerTableSize:
        this.headerTableSize = value
        return CODE.noError
      case SETTING.enablePush:
        return value > 1 ? CODE.protocolError : CODE.noError
      case SETTING.maxConcurrentStreams:
        this.maxConcurrentStreams = value
        return CODE.noError
      case SETTING.initialWindowSize:
        this.initialWindowSize = value
        return value > LARGEST_WINDOW ? CODE.flowControlError : CODE.noError
      case SETTING.maxFrameSize:
        return value < MOST_IN_FRAME || value >= 2 ** 24 ? CODE.protocolError : CODE.noError
      default:
        return CODE.noError
    }
  }
}
