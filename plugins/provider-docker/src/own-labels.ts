import { boolean, check } from 'gateway/provider'
import type { Wanted } from './network.ts'
import { type OwnLabel, ownLabel, type Remarks } from './remark.ts'

type Labels = Readonly<Record<string, string>>

const SWITCH = boolean('A switch.')

/** Whether a label says yes; garbage is reported, and says nothing. */
export function isOn(item: { readonly name: string; readonly labels: Labels }, name: string, remarks: Remarks): boolean {
  const label = ownLabel(item.labels, name)
  if (label === undefined) return false
  const { value, issues } = check(SWITCH, label.value)
  if (issues.length > 0) {
    remarks.add(item.name, label.key, {
      code: 'GTW_WRONG_TYPE',
      severity: 'error',
      message: `${name} is "${label.value}"`,
      expected: 'true or false',
    })
  }
  return value ?? false
}

/** The network that a label names, else the one of the option. */
export function wantedNetwork(label: OwnLabel | undefined, option: string): Wanted | undefined {
  if (label !== undefined && label.value !== '') return { name: label.value, by: `the label \`${label.key}\`` }
  return option === '' ? undefined : { name: option, by: 'the option `network`' }
}
