import { dynamicConfiguration } from '../../config/dynamic.ts'
import { redact, type Schema, toPlain } from '../../schema/index.ts'
import { type Facts, factsOf } from '../../schema/schema.ts'
import { isTree, type Tree } from '../../schema/tree.ts'
import type { ElementKind, Protocol } from '../element.ts'
import { hideInTree, type References } from '../expanded-message.ts'
import { sorted } from './go-json.ts'

const NONE: References = new Map()

/**
 * A checked value as it may be shown: without secrets, in the spelling of files. What is zero and means the same as nothing
 * is left out, as is what the schema does not know, and maps are in the order of their keys.
 */
export function shaped(schema: Schema, value: unknown, references = NONE): Tree {
  const plain = hideInTree(toPlain(schema, redact(schema, value)), references)
  return compact(factsOf(schema), plain) as Tree
}

/** The schema of one element of dynamic configuration. */
export function elementSchema(protocol: Protocol, kind: ElementKind): Schema {
  const elements = fieldOf(fieldOf(dynamicConfiguration, protocol), kind)
  const facts = factsOf(elements)
  if (facts.kind !== 'map') throw new TypeError(`${protocol}.${kind} is no map of elements`)
  return facts.item
}

function fieldOf(schema: Schema, name: string): Schema {
  const facts = factsOf(schema)
  const field = facts.kind === 'object' ? facts.fields.get(name) : undefined
  if (field === undefined) throw new TypeError(`there is no field ${name}`)
  return field
}

function compact(facts: Facts, value: unknown): unknown {
  if (facts.kind === 'list' && Array.isArray(value)) return value.map((one) => compact(factsOf(facts.item), one))
  if (facts.kind === 'map' && isTree(value)) {
    return sorted(Object.entries(value).map(([key, one]) => [key, compact(factsOf(facts.item), one)] as const))
  }
  if (facts.kind !== 'object' || !isTree(value)) return value
  const kept = Object.entries(value).flatMap(([key, one]) => {
    // What no schema knows was added on the way, and nobody has said that it may be shown.
    const schema = facts.fields.get(key)
    const below = schema && factsOf(schema)
    return below === undefined || saysNothing(below, one) ? [] : [[key, compact(below, one)] as const]
  })
  return Object.fromEntries(kept)
}

/** Whether a value is zero where zero is what holds without it. */
function saysNothing(facts: Facts, value: unknown): boolean {
  return isZero(facts, value) && (facts.default === undefined || isZero(facts, facts.default))
}

function isZero({ kind }: Facts, value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0
  if (kind === 'map' && isTree(value)) return Object.keys(value).length === 0
  return value === undefined || value === '' || value === 0 || value === false || value === '0s'
}
