import { type DynamicConfiguration, dynamicConfiguration } from '../config/dynamic.ts'
import type { Finding } from '../findings/finding.ts'
import { toFindings } from '../findings/from-issues.ts'
import type { Issue } from '../findings/issue.ts'
import type { ProviderMessage } from '../provider/definition.ts'
import { check } from '../schema/index.ts'
import { isTree } from '../schema/tree.ts'
import { fileStamps } from './certificates/file-stamps.ts'
import { elementAt, elementPath, type Locate, ownName, type Problem, sourceOf, tlsOptionsAt, tlsOptionsPath } from './element.ts'
import { type Expanded, expandMessage, type References } from './expanded-message.ts'
import { fingerprint } from './fingerprint.ts'

/** A message and who said it. */
export interface Saying {
  readonly provider: string
  readonly message: ProviderMessage
}

/** The last word of one provider, checked against the schema. */
export interface Word {
  readonly configuration: DynamicConfiguration
  /** As the provider said it. */
  readonly message: ProviderMessage
  readonly references: References
  readonly locate: Locate
  /** What is wrong with the configuration. */
  readonly problems: readonly Problem[]
  /** What the provider itself reported. */
  readonly reported: readonly Problem[]
  /** Digest of the message: an equal one changes nothing. */
  readonly digest: string
}

/** The last word of every provider. */
export type Said = ReadonlyMap<string, Word>

/** A provider's newest message replaces its last one. Where it says nothing new, the very same `said` comes back. */
export function aggregate(said: Said, { provider, message }: Saying): Said {
  const last = said.get(provider)
  const expanded = expandMessage(provider, message)
  const digest = fingerprint([expanded.configuration, expanded.issues, message.findings ?? [], fileStamps(expanded.configuration)])
  if (last?.digest === digest) return said
  const word = hear(provider, message, { ...expanded, digest })
  // What is no tree at all cannot replace anything: the last word stays, with what is wrong with the new one.
  const kept = last !== undefined && !isTree(message.configuration)
  return new Map(said).set(provider, kept ? { ...last, reported: [...word.problems, ...word.reported], digest } : word)
}

function hear(
  provider: string,
  message: ProviderMessage,
  { configuration, issues, references, digest }: Expanded & { digest: string },
): Word {
  const locate: Locate = message.locate ?? (() => undefined)
  const checked = check(dynamicConfiguration, configuration)
  const isChild = (router: string): boolean => checked.value.http.routers[router]?.parentRefs !== undefined
  return {
    configuration: checked.value,
    message,
    references,
    locate,
    problems: [...issues, ...checked.issues].map((issue) => toProblem(issue, { provider, locate, isChild })),
    reported: (message.findings ?? []).map((finding) => ({ finding })),
    digest,
  }
}

interface Speaker {
  readonly provider: string
  readonly locate: Locate
  /** Whether a router of this name has parents. */
  readonly isChild: (router: string) => boolean
}

function toProblem(issue: Issue, { provider, locate, isChild }: Speaker): Problem {
  const finding = toFinding(issue, provider, locate)
  const options = tlsOptionsAt(issue.path)
  if (options !== undefined) return breaks(issue, 'options', false) ? { finding, disables: tlsOptionsPath(options, provider) } : { finding }
  const element = elementAt(issue.path)
  if (element === undefined) return { finding }
  const about = elementPath(element.kind, ownName({ name: element.name, provider }), element.protocol)
  return breaks(issue, element.kind, isChild(element.name)) ? { finding, about, disables: about } : { finding, about }
}

// An element whose meaning could change through what is wrong in it is never served half-configured. What a transport leaves
// out changes how a server is reached, and what is observed of a router who hears of it: not what answers. A router with
// parents may not speak of that at all.
function breaks({ severity, code, path }: Issue, kind: string, isChild: boolean): boolean {
  if (severity === 'error') return true
  if (code !== 'GTW_UNSUPPORTED' || kind === 'serversTransports') return false
  return isChild || path.at(-2) !== 'observability'
}

function toFinding(issue: Issue, provider: string, locate: Locate): Finding {
  const [finding] = toFindings([issue], (path, at) => sourceOf({ locate, provider }, path, at))
  return finding as Finding
}
