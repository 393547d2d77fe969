const PAYLOAD_OCTETS = 64
const MASK = [0x37, 0xfa, 0x21, 0x3d]

/** A WebSocket frame with a binary message of 64 octets, masked as clients must (RFC 6455 §5.3). */
export const FRAME: Buffer = Buffer.from([
  0x82,
  0x80 | PAYLOAD_OCTETS,
  ...MASK,
  ...Array.from({ length: PAYLOAD_OCTETS }, (_, index) => index ^ (MASK[index % 4] ?? 0)),
])
