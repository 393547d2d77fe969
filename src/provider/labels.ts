import type { Finding, Path, Source } from '../findings/finding.ts'
import { quote } from '../findings/show.ts'
import type { Schema } from '../schema/index.ts'
import type { CompleteMessage } from './definition.ts'
import { type Exposure, isExposed, labelCalled } from './exposure.ts'
import type { LabelledItem } from './item.ts'
import { type ItemOptions, itemElements } from './item-elements.ts'
import { JoinedElements } from './joined-elements.ts'
import { labelConfiguration } from './label-schema.ts'
import { RepeatedFindings } from './repeated-findings.ts'

/** How items and their labels become configuration. */
export interface DecodeLabelsOptions extends Exposure, ItemOptions {
  /** First words of labels that the provider reads itself, besides those of the providers that are known. */
  readonly ownRoots?: readonly string[]
}

/** Decodes the labels of all items of a source into one message: what is wrong with one element leaves that one out and no other. */
export function decodeLabels(
  items: Iterable<LabelledItem>,
  options: DecodeLabelsOptions,
  schema: Schema = labelConfiguration,
): CompleteMessage {
  const joined = new JoinedElements()
  const repeated = new RepeatedFindings()
  // In an order of their own: the same items give the same message, whoever was listed first.
  for (const item of [...items].sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const isServed = isExposed(item, options)
    if (isServed === undefined) repeated.add(unclearEnable(item, options))
    if (!isServed) continue
    const { elements, findings } = itemElements(item, options, schema)
    for (const element of elements) joined.add(element)
    for (const finding of findings) repeated.add(finding)
  }
  return {
    configuration: joined.configuration(),
    findings: [...(options.constraints?.findings ?? []), ...options.defaultRule.findings, ...repeated.all(), ...joined.conflicts()],
    locate: (path: Path): Source | undefined => joined.locate(path),
  }
}

function unclearEnable({ name, labels }: LabelledItem, { prefix }: Exposure): Finding {
  const label = labelCalled(labels, 'enable', prefix) ?? ''
  return {
    code: 'GTW_WRONG_TYPE',
    severity: 'error',
    message: `enable is ${quote(labels[label] ?? '')}`,
    expected: 'true or false',
    source: { kind: 'label', item: name, label },
    hint: 'until it is corrected, the item is not served',
  }
}
