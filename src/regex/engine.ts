/** What a regular expression runs on. */
export interface Engine {
  /** Whether the pattern occurs in the text. */
  test(text: string): boolean
  /** The leftmost match that starts at `from` or later. */
  find(text: string, from: number): Match | undefined
}

/** A place where a pattern matches. */
export interface Match {
  readonly start: number
  readonly end: number
  /** The whole match, then the groups; undefined for a group that takes no part in it. */
  readonly groups: readonly (string | undefined)[]
}
