import { DynamicTable } from './dynamic-table.ts'
import { isFieldName, isFieldValue } from './field-text.ts'
import { decodeHuffman } from './huffman.ts'
import { FIELD_OVERHEAD, FIRST_TABLE_SIZE } from './protocol.ts'
import { type Field, STATIC_FIELDS } from './static-table.ts'

// The first bits of a representation tell what it is (RFC 7541 §6).
const INDEXED = 0x80
const REMEMBERED = 0x40
const RESIZED = 0x20
const CODED = 0x80

/** No length or index is larger: blocks are not. */
const LARGEST_INTEGER = 2 ** 24

/** How much of one head is kept. */
export interface FieldLimits {
  readonly maxFields: number
  /** Names, values and the overhead of each field. */
  readonly maxOctets: number
}

/** Reads the fields of heads, one block after the other: each may refer to what those before it said (RFC 7541). */
export class HpackDecoder {
  /** What the last block was: octets as RFC 9113 §6.5.2 counts them, … */
  octets = 0
  /** … whether there were more fields than are kept, … */
  hasTooMany = false
  /** … a name or a value that no message may hold: such values are left out. */
  hasInvalidName = false
  hasInvalidValue = false
  readonly #limits: FieldLimits
  readonly #table: DynamicTable
  #largestTable: number
  #fields: string[] = []
  #bytes: Buffer = Buffer.alloc(0)
  #at = 0
  #end = 0
  #failed = false

  /** Until the peer has heard of a smaller table, it may use the first one. */
  constructor(limits: FieldLimits, tableSize: number) {
    this.#limits = limits
    this.#largestTable = Math.max(tableSize, FIRST_TABLE_SIZE)
    this.#table = new DynamicTable(FIRST_TABLE_SIZE)
  }

  /** The peer has heard how large the table may be. */
  limitTable(size: number): void {
    this.#largestTable = size
    if (size < FIRST_TABLE_SIZE) this.#table.resize(size)
  }

  /** The fields of a whole block as a flat list of names and values, or undefined where nothing can be read any more. */
  decode(bytes: Buffer, start: number, end: number): string[] | undefined {
    this.#bytes = bytes
    this.#at = start
    this.#end = end
    this.#failed = false
    this.octets = 0
    this.hasTooMany = false
    this.hasInvalidName = false
    this.hasInvalidValue = false
    const fields: string[] = []
    this.#fields = fields
    while (this.#at < end && (bytes[this.#at] as number) >> 5 === 1) this.#resize()
    while (this.#at < end && !this.#failed) this.#readField(bytes[this.#at] as number)
    return this.#failed ? undefined : fields
  }

  #readField(first: number): void {
    if (first >= INDEXED) this.#take(this.#fieldAt(this.#integer(7)))
    else if (first >= REMEMBERED) {
      const field = this.#literal(6)
      if (field !== undefined) this.#table.add(field)
      this.#take(field)
    } else if (first >= RESIZED)
      // Only in front of the fields (RFC 7541 §4.2).
      this.#failed = true
    else this.#take(this.#literal(4))
  }

  #resize(): void {
    const size = this.#integer(5)
    if (size < 0 || size > this.#largestTable) this.#failed = true
    else this.#table.resize(size)
  }

  /** What is too much is still read, as blocks to come may refer to it, and kept nowhere. */
  #take(field: Field | undefined): void {
    if (field === undefined) {
      this.#failed = true
      return
    }
    const { name, value } = field
    this.octets += name.length + value.length + FIELD_OVERHEAD
    if (!field.hasValidName) this.hasInvalidName = true
    else if (!field.hasValidValue) this.hasInvalidValue = true
    else if (this.#fields.length >= 2 * this.#limits.maxFields) this.hasTooMany = true
    else if (this.octets <= this.#limits.maxOctets) this.#fields.push(name, value)
  }

  #fieldAt(index: number): Field | undefined {
    if (index <= 0) return undefined
    return index <= STATIC_FIELDS.length ? STATIC_FIELDS[index - 1] : this.#table.at(index - 1 - STATIC_FIELDS.length)
  }

  #literal(prefix: number): Field | undefined {
    const index = this.#integer(prefix)
    const known = index === 0 ? undefined : this.#fieldAt(index)
    if (index !== 0 && known === undefined) return undefined
    const name = known === undefined ? this.#string() : known.name
    const value = this.#string()
    if (name === undefined || value === undefined) return undefined
    const hasValidName = known === undefined ? isFieldName(name) : known.hasValidName
    return { name, value, hasValidName, hasValidValue: isFieldValue(value) }
  }

  /** RFC 7541 §5.2. */
  #string(): string | undefined {
    if (this.#at >= this.#end) return undefined
    const isCoded = ((this.#bytes[this.#at] as number) & CODED) !== 0
    const length = this.#integer(7)
    const start = this.#at
    if (length < 0 || length > this.#end - start) return undefined
    this.#at += length
    return isCoded ? decodeHuffman(this.#bytes, start, this.#at) : this.#bytes.toString('latin1', start, this.#at)
  }

  /** Returns -1 where there is no whole number, or too large a one (RFC 7541 §5.1). */
  #integer(prefix: number): number {
    const bytes = this.#bytes
    const most = (1 << prefix) - 1
    let value = (bytes[this.#at++] as number) & most
    if (value < most) return value
    for (let shift = 0; shift <= 21; shift += 7) {
      if (this.#at >= this.#end) return -1
      const octet = bytes[this.#at++] as number
      value += (octet & 0x7f) << shift
      if (octet < 0x80) return value <= LARGEST_INTEGER ? value : -1
    }
    return -1
  }
}
