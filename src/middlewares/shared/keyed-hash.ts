/**
 * HalfSipHash-2-4 with 64 bits of output (Aumasson and Bernstein, "SipHash: a fast short-input PRF"): whoever does not know
 * the key cannot find texts that collide. The two halves of the last result stand in fields, so that nothing is allocated.
 */
export class KeyedHash {
  /** Bits 0-31 of the last result, as a signed integer. */
  low = 0
  /** Bits 32-63. */
  high = 0
  readonly #key0: number
  readonly #key1: number
  #v0 = 0
  #v1 = 0
  #v2 = 0
  #v3 = 0

  constructor(key0: number, key1: number) {
    this.#key0 = key0
    this.#key1 = key1
  }

  /** A hash for one purpose: the same purpose has the same one, others have nothing in common with it. */
  derive(purpose: string): KeyedHash {
    this.update(purpose)
    return new KeyedHash(this.low, this.high)
  }

  /** Hashes a text, two of its code units at a time. */
  update(text: string): void {
    this.#v0 = this.#key0
    this.#v1 = this.#key1 ^ 0xee
    this.#v2 = 0x6c796765 ^ this.#key0
    this.#v3 = 0x74656462 ^ this.#key1
    const { length } = text
    let index = 0
    for (; index + 1 < length; index += 2) this.#compress(text.charCodeAt(index) | (text.charCodeAt(index + 1) << 16))
    this.#compress((index < length ? text.charCodeAt(index) : 0) | (length << 24))
    this.#finish()
  }

  #compress(word: number): void {
    this.#v3 ^= word
    this.#round()
    this.#round()
    this.#v0 ^= word
  }

  #finish(): void {
    this.#v2 ^= 0xee
    for (let round = 0; round < 4; round++) this.#round()
    this.low = this.#v1 ^ this.#v3
    this.#v1 ^= 0xdd
    for (let round = 0; round < 4; round++) this.#round()
    this.high = this.#v1 ^ this.#v3
  }

  #round(): void {
    let v0 = (this.#v0 + this.#v1) | 0
    let v1 = rotate(this.#v1, 5) ^ v0
    v0 = rotate(v0, 16)
    let v2 = (this.#v2 + this.#v3) | 0
    let v3 = rotate(this.#v3, 8) ^ v2
    v0 = (v0 + v3) | 0
    v3 = rotate(v3, 7) ^ v0
    v2 = (v2 + v1) | 0
    v1 = rotate(v1, 13) ^ v2
    v2 = rotate(v2, 16)
    this.#v0 = v0
    this.#v1 = v1
    this.#v2 = v2
    this.#v3 = v3
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by))
}
