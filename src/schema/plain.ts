import { type Facts, factsOf, type Schema } from './schema.ts'
import { isAbsent, isTree } from './tree.ts'

/** A checked value in the spelling of a configuration file: durations as texts, large integers as digits. */
export function toPlain(schema: Schema, value: unknown): unknown {
  return plainValue(factsOf(schema), value)
}

function plainValue(facts: Facts, value: unknown): unknown {
  if (isAbsent(value)) return value
  if (facts.kind === 'scalar') return facts.print(value)
  if (facts.kind === 'list' && Array.isArray(value)) return value.map((one) => plainValue(factsOf(facts.item), one))
  if (!isTree(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => {
      const below = schemaBelow(facts, key)
      return [key, below === undefined ? one : plainValue(factsOf(below), one)]
    }),
  )
}

function schemaBelow(facts: Facts, key: string): Schema | undefined {
  if (facts.kind === 'map') return facts.item
  return facts.kind === 'object' ? facts.fields.get(key) : undefined
}
