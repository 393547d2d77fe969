export { readDocument } from '../findings/document.ts'
export type { Finding, FindingCode, Path, Severity, Source } from '../findings/finding.ts'
export type { ParsedDocument } from '../findings/parsed-document.ts'
export { dotted } from '../findings/path.ts'
export { nearest } from '../findings/suggest.ts'
export * from '../schema/index.ts'
export { Backoff, retrying } from './backoff.ts'
export { Burst } from './burst.ts'
export { type ClientTls, type ClientTlsOptions, clientTls, readClientTls } from './client-tls.ts'
export { type ConstraintSubject, type Constraints, parseConstraints } from './constraints.ts'
export { compileDefaultRule, DEFAULT_RULE, type DefaultRule, type RuleContext } from './default-rule.ts'
export {
  type CompleteMessage,
  defineProvider,
  type ProviderContext,
  type ProviderDefinition,
  type ProviderLog,
  type ProviderMessage,
  type ProviderState,
} from './definition.ts'
export { type Exposure, isExposed, type Labels, readLabel, tagsToLabels } from './exposure.ts'
export type { FoundServers, ItemDefaults, LabelledItem, WantedServer } from './item.ts'
export { type DecodeLabelsOptions, decodeLabels } from './labels.ts'
export { normalize } from './normalize.ts'
export { type DecodeTreeOptions, decodeTree } from './tree.ts'
