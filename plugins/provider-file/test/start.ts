import { check, type ProviderMessage } from 'gateway/provider'
import { ProviderRun, treeOf } from '../../../src/provider/conformance/index.ts'
import { file } from '../src/index.ts'

/** Starts the provider on options as they are written; polling is off, so that only events can bring a change. */
export function start(written: object) {
  return new ProviderRun({ definition: file, options: optionsFrom(written) })
}

/** Reads once. */
export async function load(written: object): Promise<ProviderMessage> {
  if (file.load === undefined) throw new Error('the provider cannot read once')
  return await file.load(optionsFrom(written))
}

/** A file that holds these routers. */
export function json(rules: Record<string, string>): string {
  return JSON.stringify(treeOf(rules))
}

export const A = { a: 'Host(`a`)' }
export const B = { b: 'Host(`b`)' }
export const C = { c: 'Host(`c`)' }

function optionsFrom(written: object) {
  return check(file.options, { pollInterval: 0, ...written }).value
}
