import type { Finding, FindingCode } from '../findings/finding.ts'
import { RuleError } from '../rule/rule-error.ts'

/** Why an element cannot be built; becomes a finding on the element that it names. */
export class BuildError extends Error {
  readonly path: string
  readonly code: FindingCode

  constructor(path: string, code: FindingCode, message: string) {
    super(message)
    this.path = path
    this.code = code
  }
}

/** What a failure to build says of the element at the path, or of the one that the error names. */
export function toFinding(path: string, error: Error): Finding {
  if (error instanceof BuildError) return { code: error.code, severity: 'error', message: error.message, path: error.path }
  if (error instanceof RuleError) return ruleFinding(path, error)
  return { code: 'GTW_BAD_VALUE', severity: 'error', message: error.message, path }
}

function ruleFinding(path: string, { code, message, column, expected, suggestion }: RuleError): Finding {
  return {
    code,
    severity: 'error',
    message: `${message} (column ${column} of the rule)`,
    path: `${path}.rule`,
    ...(expected === undefined ? {} : { expected }),
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}
