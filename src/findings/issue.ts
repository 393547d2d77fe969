import type { FindingCode, Path } from './finding.ts'
import { sentence } from './path.ts'

/** One thing wrong with a value, placed by its path: a finding before anyone looked up where the value came from. */
export interface Issue {
  readonly code: FindingCode
  readonly severity: 'error' | 'warning'
  /** Keys as they were written, so that the document they came from can be searched for them. */
  readonly path: Path
  /** Whether the key itself or its value is wrong. */
  readonly at: 'key' | 'value'
  readonly message: string
  /** The message without its place, for one who knows a longer path. */
  readonly problem?: string
  readonly expected?: string
  readonly suggestion?: string
}

/** What is served all the same. */
const WARNINGS: ReadonlySet<FindingCode> = new Set(['GTW_UNSUPPORTED', 'GTW_DEPRECATED'])

/** Makes an issue; the message joins the problem and the place. */
export function makeIssue(place: Pick<Issue, 'path' | 'at'>, said: Omit<Issue, 'path' | 'at' | 'message' | 'severity'>): Issue {
  const severity = WARNINGS.has(said.code) ? 'warning' : 'error'
  return { ...said, ...place, severity, message: sentence(place.path, place.at, said.problem ?? '') }
}
