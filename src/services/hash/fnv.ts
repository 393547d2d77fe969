const PRIME = 0x100000001b3n
const OFFSET = 0xcbf29ce484222325n
const MASK = 2n ** 64n - 1n

/** FNV-1 of 64 bits as hexadecimal digits without leading zeros; for what is done once, not per request. */
export function fnv1Hex(text: string): string {
  let hash = OFFSET
  for (const octet of Buffer.from(text)) hash = ((hash * PRIME) & MASK) ^ BigInt(octet)
  return hash.toString(16)
}

const OFFSET_HIGH = 0xcbf29ce4
const OFFSET_LOW = 0x84222325
/** The prime without its bit 40. */
const PRIME_LOW = 0x1b3
const WORD = 2 ** 32

/** FNV-1a of 64 bits in two halves: bigints would allocate for every octet. */
export class Fnv1a {
  #high = OFFSET_HIGH
  #low = OFFSET_LOW

  reset(): void {
    this.#high = OFFSET_HIGH
    this.#low = OFFSET_LOW
  }

  /** Goes on from where another one is. */
  copy(other: Fnv1a): void {
    this.#high = other.#high
    this.#low = other.#low
  }

  /** Takes the octets of a latin1 text. */
  writeText(text: string): void {
    for (let index = 0; index < text.length; index++) this.#write(text.charCodeAt(index))
  }

  writeOctets(octets: Uint8Array): void {
    for (const octet of octets) this.#write(octet)
  }

  /** The hash as a share of 2^64, from 0 to 1. */
  get share(): number {
    return (this.#high * WORD + this.#low) / (WORD * WORD)
  }

  get hex(): string {
    return this.#high.toString(16).padStart(8, '0') + this.#low.toString(16).padStart(8, '0')
  }

  #write(octet: number): void {
    const low = (this.#low ^ octet) >>> 0
    // h × (2^40 + 0x1b3) mod 2^64: the low half times 2^40 only reaches the high one.
    const product = low * PRIME_LOW
    this.#low = product >>> 0
    this.#high = (Math.imul(this.#high, PRIME_LOW) + Math.floor(product / WORD) + (low << 8)) >>> 0
  }
}
