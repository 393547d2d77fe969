const NOTHING = Buffer.alloc(0)
const SMALLEST = 512

/** The start of a line whose end has not arrived, kept until it does. */
export class PendingOctets {
  bytes: Buffer = NOTHING
  length = 0

  append(source: Buffer, start: number, end: number): void {
    const length = this.length + end - start
    if (length > this.bytes.length) this.#grow(length)
    source.copy(this.bytes, this.length, start, end)
    this.length = length
  }

  /** Forgets the first `count` octets. */
  drop(count: number): void {
    if (count === 0) return
    this.bytes.copyWithin(0, count, this.length)
    this.length -= count
  }

  /** Gives the memory back: most heads arrive whole, and an idle connection should hold nothing. */
  clear(): void {
    this.bytes = NOTHING
    this.length = 0
  }

  #grow(length: number): void {
    const grown = Buffer.allocUnsafeSlow(Math.max(SMALLEST, length, this.bytes.length * 2))
    this.bytes.copy(grown, 0, 0, this.length)
    this.bytes = grown
  }
}
