/** The message ends with the last chunk (RFC 9112 §7.1). */
export const CHUNKED = -1
/** The message ends with its head. */
export const NO_BODY = -2
/** The message ends with the connection; only responses do (RFC 9112 §6.3). */
export const UNTIL_CLOSE = -3
/** What follows the head is no HTTP any more (RFC 9110 §7.8). */
export const TUNNEL = -4

/** Where a message ends: 0 or more is a count of octets, below 0 one of the constants above. Decided once per message. */
export type BodyFraming = number
