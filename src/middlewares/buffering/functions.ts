import type { ExpressionFunctions } from '../shared/expression.ts'

/** What a retry expression may ask of an attempt. */
export interface AttemptFacts {
  /** 1 for the first. */
  readonly attempts: number
  readonly statusCode: number
  readonly method: string
}

/** The functions of a retry expression. */
export const retryFunctions: ExpressionFunctions<AttemptFacts> = {
  Attempts: { type: 'int', parameters: [], bind: () => (facts) => facts.attempts },
  ResponseCode: { type: 'int', parameters: [], bind: () => (facts) => facts.statusCode },
  RequestMethod: { type: 'string', parameters: [], bind: () => (facts) => facts.method },
  IsNetworkError: { type: 'bool', parameters: [], bind: () => (facts) => facts.statusCode === 502 || facts.statusCode === 504 },
}
