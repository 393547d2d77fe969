/** How many bits each octet's code has, `length*times`; the last one is the end, which never comes (RFC 7541, appendix B). */
const LENGTHS =
  '13 23 28*7 24 30 28*2 30 28*8 30 28*9 6 10*2 12 13 6 8 11 10*2 8 11 8 6*3 5*3 6*7 7 8 15 6 12 10 13 6 7*22 8 7 8 13 19 13 14 6 15 ' +
  '5 6 5 6 5 6*3 5 7*2 6*3 5 6 7 6 5*2 6 7*5 15 11 14 13 28 ' +
  '20 22 20*2 22*3 23 22 23*5 24 23 24*2 22 23 24 23*4 21 22 23 22 23*2 24 22 21 20 22*2 23*2 21 23 22*2 24 21 22 23*2 21*2 22 21 23 22 ' +
  '23*2 20 22*3 23 22*2 23 26*2 20 19 22 23 22 25 26*3 27*2 26 24 25 19 21 26 27*2 26 27 24 21*2 26*2 28 27*3 20 24 20 21 22 21*2 23 ' +
  '22*2 25*2 24*2 26 23 26 27 26*2 27*5 28 27*5 26 30'

const LONGEST = 30

/** Codes up to this length are found in one step: those of nearly all octets that ever come. */
const SHORT = 8

const END = 256

/** By the next eight bits: the octet and, above it, the length of its code; 0 where the code is longer. */
const SHORT_CODES = new Uint16Array(1 << SHORT)

/** By length: the first code, and where its octet stands in the list of all octets by their codes. */
const FIRST_CODES = new Uint32Array(LONGEST + 2)
const FIRST_PLACES = new Uint16Array(LONGEST + 2)
const OCTETS_BY_CODE = new Uint16Array(END + 1)

/** The codes are canonical: of one length, they count up with their octets, so that the lengths tell everything. */
function fillTables(): void {
  const lengths = LENGTHS.split(' ').flatMap((run) => {
    const [length, times = 1] = run.split('*').map(Number) as [number, number?]
    return Array<number>(times).fill(length)
  })
  let code = 0
  let place = 0
  for (let length = 1; length <= LONGEST + 1; length++) {
    FIRST_CODES[length] = code
    FIRST_PLACES[length] = place
    for (const [octet, itsLength] of lengths.entries()) {
      if (itsLength !== length) continue
      if (length <= SHORT) SHORT_CODES.fill((length << 8) | octet, code << (SHORT - length), (code + 1) << (SHORT - length))
      OCTETS_BY_CODE[place++] = octet
      code++
    }
    code *= 2
  }
}

fillTables()

/** Most values are shorter; of a longer one each octet takes five bits at least. */
const ORDINARY_LENGTH = 4096
const ORDINARY_OCTETS = Buffer.allocUnsafeSlow(ORDINARY_LENGTH)

/** The text that these octets are the code of, one character for each octet; undefined where they are none (RFC 7541 §5.2). */
export function decodeHuffman(bytes: Buffer, start: number, end: number): string | undefined {
  const most = Math.ceil(((end - start) * 8) / 5)
  const text = most <= ORDINARY_LENGTH ? ORDINARY_OCTETS : Buffer.allocUnsafe(most)
  const length = decodeInto(text, bytes, start, end)
  return length < 0 ? undefined : text.toString('latin1', 0, length)
}

/** Returns the number of octets, or -1. */
function decodeInto(text: Buffer, bytes: Buffer, start: number, end: number): number {
  const lastBit = end * 8
  let at = start * 8
  let length = 0
  while (at < lastBit) {
    const first = at >> 3
    // Behind the end stand ones, as in the padding.
    const pair = ((bytes[first] as number) << 8) | (first + 1 < end ? (bytes[first + 1] as number) : 0xff)
    const found = SHORT_CODES[(pair >> (8 - (at & 7))) & 0xff] as number
    if (found === 0) {
      const octet = longCode(bytes, at, lastBit)
      if (octet === END) return isPadding(bytes, at, lastBit) ? length : -1
      at += LONG.length
      text[length++] = octet
    } else {
      at += found >> 8
      text[length++] = found & 0xff
    }
  }
  return at === lastBit ? length : -1
}

/** The length of the code that `longCode` has found. */
const LONG = { length: 0 }

/** The octet whose code begins at a bit, or the end where there is none. */
function longCode(bytes: Buffer, at: number, lastBit: number): number {
  let code = 0
  for (let length = 1; length <= LONGEST && at + length <= lastBit; length++) {
    const bit = at + length - 1
    code = code * 2 + (((bytes[bit >> 3] as number) >> (7 - (bit & 7))) & 1)
    const place = code - (FIRST_CODES[length] as number) + (FIRST_PLACES[length] as number)
    if (place < (FIRST_PLACES[length + 1] as number)) {
      LONG.length = length
      return OCTETS_BY_CODE[place] as number
    }
  }
  return END
}

/** Up to seven ones may follow the last code. */
function isPadding(bytes: Buffer, at: number, lastBit: number): boolean {
  const bits = lastBit - at
  return bits < 8 && ((bytes[(lastBit >> 3) - 1] as number) & ((1 << bits) - 1)) === (1 << bits) - 1
}
