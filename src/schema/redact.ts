import { isSecretKey, isSecretName, MASK, maskText } from '../findings/mask.ts'
import { type Facts, factsOf, type Schema } from './schema.ts'
import { isAbsent, isTree, type Tree } from './tree.ts'

/** A copy that may be shown: secrets and the credentials of URLs are masked, in a raw tree as in a checked value. */
export function redact(schema: Schema, value: unknown): unknown {
  return redactValue(factsOf(schema), value)
}

function redactValue(facts: Facts | undefined, value: unknown): unknown {
  if (isAbsent(value)) return value
  switch (facts?.kind) {
    case 'scalar':
      return facts.secret ? MASK : redactOpen(value)
    case 'object':
      return isTree(value)
        ? mapTree(value, (key, one) => redactField(fieldOf(facts.fields, facts.names.get(key.toLowerCase())), key, one))
        : redactOpen(value)
    case 'list':
      return Array.isArray(value) ? value.map((one) => redactValue(factsOf(facts.item), one)) : redactValue(factsOf(facts.item), value)
    case 'map':
      return isTree(value)
        ? mapTree(value, (key, one) => redactItem(factsOf(facts.item), key, one))
        : redactValue(factsOf(facts.item), value)
    default:
      return redactOpen(value)
  }
}

// Names of elements are free; but what stands for texts by name is often a header field, and some of those are credentials.
function redactItem(item: Facts, key: string, value: unknown): unknown {
  return item.kind === 'scalar' && isSecretName(key) && !isAbsent(value) ? MASK : redactValue(item, value)
}

function fieldOf(fields: ReadonlyMap<string, Schema>, name: string | undefined): Schema | undefined {
  return name === undefined ? undefined : fields.get(name)
}

function redactField(schema: Schema | undefined, key: string, value: unknown): unknown {
  return schema === undefined ? redactNamed(key, value) : redactValue(factsOf(schema), value)
}

// Where no schema says what is secret, the names of the keys do.
function redactOpen(value: unknown): unknown {
  if (typeof value === 'string') return maskText(value)
  if (Array.isArray(value)) return value.map(redactOpen)
  return isTree(value) ? mapTree(value, redactNamed) : value
}

function redactNamed(key: string, value: unknown): unknown {
  return isSecretKey(key) && !isAbsent(value) ? MASK : redactOpen(value)
}

function mapTree(tree: Tree, change: (key: string, value: unknown) => unknown): Tree {
  return Object.fromEntries(Object.entries(tree).map(([key, value]) => [key, change(key, value)]))
}
