import type { Finding, Path, Source } from './finding.ts'
import type { Issue } from './issue.ts'
import { dotted, sentence } from './path.ts'

/** Tells where the value at a path came from, or its key. */
export type Locate = (path: Path, at: 'key' | 'value') => Source | undefined

/** Gives issues their place: `locate` is asked with the whole path, which `prefix` begins where a part was checked on its own. */
export function toFindings(issues: readonly Issue[], locate: Locate, prefix: Path = []): Finding[] {
  return issues.map((issue) => toFinding(issue, locate, prefix))
}

function toFinding({ path: below, at, problem, message, ...said }: Issue, locate: Locate, prefix: Path): Finding {
  const path = [...prefix, ...below]
  const source = locate(path, at)
  return {
    ...said,
    message: problem === undefined ? message : sentence(path, at, problem),
    path: dotted(path),
    ...(source === undefined ? {} : { source }),
  }
}
