/** Octets before each message: whether it is compressed, and its length. */
const PREFIX = 5

/** Reads the status of a `HealthCheckResponse`, its field 1, out of a gRPC message; 0 where it is not given. */
export function servingStatusIn(content: Buffer): number {
  if (content.length < PREFIX || content.readUInt32BE(1) !== content.length - PREFIX) throw new Error('its answer is no gRPC message')
  if (content[0] !== 0) throw new Error('its answer is compressed')
  return new FieldReader(content.subarray(PREFIX)).status()
}

/** Walks over the fields of a protobuf message. */
class FieldReader {
  readonly #octets: Buffer
  #at = 0

  constructor(octets: Buffer) {
    this.#octets = octets
  }

  status(): number {
    let status = 0
    while (this.#at < this.#octets.length) {
      const tag = this.#varint()
      if (tag === STATUS_TAG) status = this.#varint()
      else this.#skip(tag % 8)
    }
    return status
  }

  #skip(wireType: number): void {
    // Read before it is added: reading a number moves on as well.
    const length = this.#lengthOf(wireType)
    this.#at += length
    if (this.#at > this.#octets.length) throw new Error('its answer is cut off')
  }

  /** How many octets follow for a value of this kind. */
  #lengthOf(wireType: number): number {
    if (wireType === 1) return 8
    if (wireType === 2) return this.#varint()
    if (wireType === 5) return 4
    if (wireType !== 0) throw new Error('its answer is no protobuf message')
    this.#varint()
    return 0
  }

  #varint(): number {
    let value = 0
    for (let size = 0; size < LONGEST_VARINT; size++) {
      const octet = this.#octets[this.#at++]
      if (octet === undefined) throw new Error('its answer is cut off')
      value += (octet & 0x7f) * 2 ** (7 * size)
      if (octet < 0x80) return value
    }
    throw new Error('its answer is no protobuf message')
  }
}

/** Field 1 as a varint. */
const STATUS_TAG = 8

const LONGEST_VARINT = 10
