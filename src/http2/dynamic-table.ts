import { FIELD_OVERHEAD } from './protocol.ts'
import type { Field } from './static-table.ts'

/** Places in front of the oldest field that are given back at once. */
const MOST_UNUSED = 64

/** The fields that the peer wants to be remembered, the newest first (RFC 7541 §2.3.2). */
export class DynamicTable {
  #limit: number
  #size = 0
  /** The oldest first; those before `#oldest` are forgotten. */
  #fields: (Field | undefined)[] = []
  #oldest = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** The field with this index among the remembered ones, from 0. */
  at(index: number): Field | undefined {
    const place = this.#fields.length - 1 - index
    return place < this.#oldest ? undefined : this.#fields[place]
  }

  /** A field that is larger than the table empties it (RFC 7541 §4.4). */
  add(field: Field): void {
    const size = sizeOf(field)
    this.#makeRoom(size)
    if (size > this.#limit) return
    this.#fields.push(field)
    this.#size += size
  }

  resize(limit: number): void {
    this.#limit = limit
    this.#makeRoom(0)
  }

  #makeRoom(size: number): void {
    while (this.#size + size > this.#limit && this.#oldest < this.#fields.length) {
      this.#size -= sizeOf(this.#fields[this.#oldest] as Field)
      this.#fields[this.#oldest++] = undefined
    }
    if (this.#oldest < MOST_UNUSED || this.#oldest * 2 < this.#fields.length) return
    this.#fields = this.#fields.slice(this.#oldest)
    this.#oldest = 0
  }
}

function sizeOf({ name, value }: Field): number {
  return name.length + value.length + FIELD_OVERHEAD
}
