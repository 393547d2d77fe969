/** What an HTTP/2 client sends first (RFC 9113 §3.4). */
export const PREFACE: Buffer = Buffer.from('PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'latin1')

/** Types of frames (RFC 9113 §6). */
export const FRAME = {
  data: 0,
  headers: 1,
  priority: 2,
  reset: 3,
  settings: 4,
  pushPromise: 5,
  ping: 6,
  goaway: 7,
  windowUpdate: 8,
  continuation: 9,
} as const

/** Flags of frames; one bit means different things in different types. */
export const FLAG = { none: 0, endStream: 1, ack: 1, endHeaders: 4, padded: 8, priority: 0x20 } as const

/** Settings (RFC 9113 §6.5.2, RFC 8441 §3). */
export const SETTING = {
  headerTableSize: 1,
  enablePush: 2,
  maxConcurrentStreams: 3,
  initialWindowSize: 4,
  maxFrameSize: 5,
  maxHeaderListSize: 6,
  enableConnectProtocol: 8,
} as const

/** Why a stream or a connection ends (RFC 9113 §7). */
export const CODE = {
  noError: 0,
  protocolError: 1,
  internalError: 2,
  flowControlError: 3,
  streamClosed: 5,
  frameSizeError: 6,
  refusedStream: 7,
  cancel: 8,
  compressionError: 9,
  enhanceYourCalm: 11,
} as const

/** Octets in front of every frame (RFC 9113 §4.1). */
export const FRAME_HEAD = 9

/** The largest content of a frame that nobody has asked to be larger (RFC 9113 §4.2). Ours never is. */
export const MOST_IN_FRAME = 16_384

/** What both sides may send before they have heard of other settings (RFC 9113 §6.9.2). */
export const FIRST_WINDOW = 65_535

/** No window is larger (RFC 9113 §6.9.1). */
export const LARGEST_WINDOW = 2 ** 31 - 1

/** The dynamic table of either side, before it has heard of another size (RFC 9113 §6.5.2). */
export const FIRST_TABLE_SIZE = 4096

/** What a field counts beside the octets of its name and value (RFC 9113 §6.5.2, RFC 7541 §4.1). */
export const FIELD_OVERHEAD = 32
