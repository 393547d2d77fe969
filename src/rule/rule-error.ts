/** A stretch of a rule. The column counts UTF-16 units from 1, over line breaks too. */
export interface Place {
  readonly column: number
  readonly length: number
}

interface Details {
  readonly code?: 'GTW_BAD_RULE' | 'GTW_UNSUPPORTED'
  readonly expected?: string | undefined
  readonly suggestion?: string | undefined
}

/** What is wrong with a rule, and where; the code tells a rule that is wrong from one that is not supported yet. */
export class RuleError extends Error {
  override readonly name = 'RuleError'
  readonly code: 'GTW_BAD_RULE' | 'GTW_UNSUPPORTED'
  readonly column: number
  readonly length: number
  /** What would have been right. */
  readonly expected: string | undefined
  /** The nearest matcher name. */
  readonly suggestion: string | undefined

  constructor(message: string, place: Place, details: Details = {}) {
    super(message)
    this.code = details.code ?? 'GTW_BAD_RULE'
    this.column = place.column
    this.length = place.length
    this.expected = details.expected
    this.suggestion = details.suggestion
  }
}
