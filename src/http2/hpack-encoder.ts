import { FIELD_OVERHEAD, FIRST_TABLE_SIZE } from './protocol.ts'
import { STATIC_FIELDS, STATIC_NAMES, STATIC_VALUES } from './static-table.ts'

// The first bits of a representation tell what it is, a number begins in the others: `bits, mask of the others` (RFC 7541 §6).
const INDEXED = 0x807f
const REMEMBERED = 0x403f
const RESIZED = 0x201f
const NEVER_REMEMBERED = 0x100f
const LITERAL = 0x000f
const TEXT = 0x007f

/** The longest that one number takes (RFC 7541 §5.1). */
const NUMBER_OCTETS = 5

/** What may stand around the octets of a field: its kind, the lengths of name and value. */
const ROOM_AROUND = 3 * NUMBER_OCTETS

/** Names of which the last value is kept in mind; what else is said is written out. */
const MOST_NAMES = 128

/** Shorter texts are copied faster by character. */
const SHORT_TEXT = 24

/** Nobody should be able to find these out by watching how well they compress (RFC 7541 §7.1). */
const SECRET: ReadonlySet<string> = new Set(['authorization', 'cookie', 'proxy-authorization', 'set-cookie'])

/** What hardly ever comes twice would only push out what does. */
const FLEETING: ReadonlySet<string> = new Set([
  ':path',
  'age',
  'content-length',
  'content-range',
  'etag',
  'if-modified-since',
  'if-none-match',
  'last-modified',
  'location',
])

/** What is known of the fields of one name. */
interface Slot {
  /** Among the static fields; 0 for none. */
  readonly index: number
  readonly values: ReadonlyMap<string, number> | undefined
  readonly literal: number
  readonly mayBeRemembered: boolean
  /** Said last, and the number under which the peer remembers it; -1 where it does not. */
  value: string
  serial: number
}

/**
 * Writes the fields of heads for one peer. A field is remembered when the same value comes for a second time: values that
 * change with each message cost neither side a thing.
 */
export class HpackEncoder {
  readonly #mostTable: number
  #limit: number
  #size = 0
  /** Of the fields that the peer remembers, numbered from the first one ever. */
  #sizes: number[] = []
  #oldest = 0
  readonly #slots = new Map<string, Slot>()
  #isResized: boolean

  /** `mostTable` is the largest table that is used, whatever the peer allows. */
  constructor(mostTable: number) {
    this.#mostTable = mostTable
    this.#limit = Math.min(mostTable, FIRST_TABLE_SIZE)
    this.#isResized = this.#limit < FIRST_TABLE_SIZE
  }

  /** The peer has said how large its table may be. */
  limitTable(size: number): void {
    const limit = Math.min(size, this.#mostTable)
    if (limit === this.#limit) return
    // To become smaller and larger again would be two changes (RFC 7541 §4.2): it stays small.
    if (this.#isResized && limit > this.#limit) return
    this.#limit = limit
    this.#isResized = true
    this.#makeRoom(0)
  }

  /** Octets that suffice for a list of fields. */
  roomFor(fields: readonly string[]): number {
    let room = NUMBER_OCTETS
    for (let index = 0; index < fields.length; index += 2) {
      room += (fields[index] as string).length + (fields[index + 1] as string).length + ROOM_AROUND
    }
    return room
  }

  /** Writes a flat list of valid fields, names in lower case; returns where it ends. */
  write(bytes: Buffer, start: number, fields: readonly string[]): number {
    let at = start
    if (this.#isResized) at = writeNumber(bytes, at, RESIZED, this.#limit)
    this.#isResized = false
    for (let index = 0; index < fields.length; index += 2) {
      at = this.#writeField(bytes, at, fields[index] as string, fields[index + 1] as string)
    }
    return at
  }

  #writeField(bytes: Buffer, at: number, name: string, value: string): number {
    const slot = this.#slots.get(name) ?? this.#slotFor(name)
    const index = slot.values?.get(value)
    if (index !== undefined) return writeNumber(bytes, at, INDEXED, index)
    let kind = slot.literal
    if (slot.mayBeRemembered) {
      if (slot.value !== value) {
        slot.value = value
        slot.serial = -1
      } else if (slot.serial >= this.#oldest) {
        return writeNumber(bytes, at, INDEXED, STATIC_FIELDS.length + this.#oldest + this.#sizes.length - slot.serial)
      } else if (this.#remember(slot, name)) kind = REMEMBERED
    }
    const named = writeNumber(bytes, at, kind, slot.index)
    return writeText(bytes, slot.index === 0 ? writeText(bytes, named, name) : named, value)
  }

  #slotFor(name: string): Slot {
    const index = STATIC_NAMES.get(name) ?? 0
    const literal = SECRET.has(name) ? NEVER_REMEMBERED : LITERAL
    const isKept = this.#slots.size < MOST_NAMES
    const mayBeRemembered = isKept && literal === LITERAL && !FLEETING.has(name)
    const slot: Slot = { index, values: STATIC_VALUES.get(name), literal, mayBeRemembered, value: '', serial: -1 }
    if (isKept) this.#slots.set(name, slot)
    return slot
  }

  /** Returns whether the peer's table can hold it. */
  #remember(slot: Slot, name: string): boolean {
    const size = name.length + slot.value.length + FIELD_OVERHEAD
    // Half the table for one field would push out all that is of use.
    if (size * 2 > this.#limit) return false
    this.#makeRoom(size)
    this.#size += size
    slot.serial = this.#oldest + this.#sizes.length
    this.#sizes.push(size)
    return true
  }

  #makeRoom(size: number): void {
    while (this.#sizes.length > 0 && this.#size + size > this.#limit) {
      this.#size -= this.#sizes.shift() as number
      this.#oldest++
    }
  }
}

/** RFC 7541 §5.1. */
function writeNumber(bytes: Buffer, at: number, kind: number, value: number): number {
  const most = kind & 0xff
  if (value < most) {
    bytes[at] = (kind >> 8) | value
    return at + 1
  }
  bytes[at] = (kind >> 8) | most
  let next = at + 1
  let rest = value - most
  for (; rest >= 0x80; rest >>= 7) bytes[next++] = (rest & 0x7f) | 0x80
  bytes[next] = rest
  return next + 1
}

/** As it is, one octet for each character: to code it would cost more than the octets that it saves (RFC 7541 §5.2). */
function writeText(bytes: Buffer, at: number, text: string): number {
  const { length } = text
  const start = writeNumber(bytes, at, TEXT, length)
  if (length > SHORT_TEXT) bytes.write(text, start, 'latin1')
  else for (let index = 0; index < length; index++) bytes[start + index] = text.charCodeAt(index)
  return start + length
}
