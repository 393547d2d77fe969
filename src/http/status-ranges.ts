/** One status, or a range of them with both ends: `404`, `500-599`. */
const RANGE = /^\s*(\d{3})\s*(?:-\s*(\d{3})\s*)?$/

/** Which statuses an option such as `status: ["404", "500-599"]` means. */
export class StatusRanges {
  readonly #ranges: readonly (readonly [number, number])[]

  /** Every text must satisfy `expectedOfRange`. */
  constructor(texts: readonly string[]) {
    this.#ranges = texts.map((text) => {
      const [, from, to = from] = RANGE.exec(text) ?? []
      return [Number(from), Number(to)]
    })
  }

  has(statusCode: number): boolean {
    for (const [from, to] of this.#ranges) if (statusCode >= from && statusCode <= to) return true
    return false
  }
}

/** What a text would have to be; undefined where it is right. */
export function expectedOfRange(text: string): string | undefined {
  return RANGE.test(text) ? undefined : 'a status such as 404 or a range such as 500-599'
}
