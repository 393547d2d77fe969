/** A stretch of a rule. The column counts UTF-16 units from 1, over line breaks too. */
export interface Place {
  readonly column: number
  readonly length: number
}

interface Details {
  readonly expected?: string | undefined
  readonly suggestion?: string | undefined
}

/** What is wrong with a rule, and where. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
  readonly code = 'GTW_BAD_RULE'
  readonly column: number
  readonly length: number
  /** What would have been right. */
  readonly expected: string | undefined
  /** The nearest matcher name. */
  readonly suggestion: string | undefined

  constructor(message: string, place: Place, details: Details = {}) {
    super(message)
    this.column = place.column
    this.length = place.length
    this.expected = details.expected
    this.suggestion = details.suggestion
  }
}
