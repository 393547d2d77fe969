import { check, type ProviderDefinition } from 'gateway/provider'
import { ProviderRun } from '../../../src/provider/conformance/index.ts'

/** Starts a provider on options as they are written. */
export function start<Options>(definition: ProviderDefinition<Options>, written: object): ProviderRun<Options> {
  return new ProviderRun({ definition, options: check(definition.options, written).value })
}
