const OFFSET = 0xcbf29ce484222325n
const PRIME = 0x100000001b3n

/** The hash FNV-1 with 64 bits of a text in UTF-8. */
export function fnv64(text: string): bigint {
  let hash = OFFSET
  for (const byte of Buffer.from(text)) hash = BigInt.asUintN(64, hash * PRIME) ^ BigInt(byte)
  return hash
}
