import {
  type CompleteMessage,
  compileDefaultRule,
  type DecodeLabelsOptions,
  decodeLabels,
  type LabelledItem,
  parseConstraints,
} from 'gateway/provider'
import type { DockerOptions } from './options.ts'
import type { Remarks } from './remark.ts'

type Written = Pick<DockerOptions, 'exposedByDefault' | 'defaultRule' | 'constraints'>

/** How the labels of a provider are decoded. */
export function decodingOf(provider: string, { exposedByDefault, defaultRule, constraints }: Written): DecodeLabelsOptions {
  return {
    exposedByDefault,
    defaultRule: compileDefaultRule(defaultRule, `providers.${provider}.defaultRule`),
    constraints: parseConstraints(constraints, { path: `providers.${provider}.constraints`, about: 'labels' }),
  }
}

/** What items say together; `remarks` grow while their addresses are asked for. */
export function messageOf(items: readonly LabelledItem[], decoding: DecodeLabelsOptions, remarks: Remarks): CompleteMessage {
  const message = decodeLabels(items, decoding)
  return { ...message, findings: [...message.findings, ...remarks.all()] }
}
