/** What a peer may make the gateway hold or read. Octets of a head count from its first to its last, line ends included. */
export interface ParserLimits {
  readonly maxHeadBytes: number
  readonly maxTargetBytes: number
  readonly maxFields: number
  readonly maxFieldNameBytes: number
  /** Size and extensions of one chunk, without the line end. */
  readonly maxChunkLineBytes: number
  /** Extensions of all chunks of one message. */
  readonly maxChunkExtensionBytes: number
  readonly maxTrailerBytes: number
  readonly maxTrailerFields: number
}

export const REQUEST_LIMITS: ParserLimits = {
  maxHeadBytes: 65_536,
  maxTargetBytes: 16_384,
  maxFields: 256,
  maxFieldNameBytes: 256,
  maxChunkLineBytes: 256,
  maxChunkExtensionBytes: 16_384,
  maxTrailerBytes: 8_192,
  maxTrailerFields: 64,
}

export const RESPONSE_LIMITS: ParserLimits = { ...REQUEST_LIMITS, maxTargetBytes: 0 }
