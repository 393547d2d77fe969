import { type Facts, factsOf, type Schema } from './schema.ts'

interface Heading {
  readonly title: string
  /** What stands before every name, for instance `http.routers.<name>`. */
  readonly prefix?: string
}

interface Row {
  readonly option: string
  readonly facts: Facts
}

/** The reference of a schema: one table row per option, in the order of the schema. */
export function toMarkdown(schema: Schema, { title, prefix = '' }: Heading): string {
  const facts = factsOf(schema)
  const rows = [...rowsBelow(facts, prefix)].map(({ option, facts: one }) => {
    const cells = [`\`${option}\``, typeOf(one), defaultOf(one), describe(one)]
    return `| ${cells.map(escapeCell).join(' | ')} |`
  })
  const head = [`# ${title}`, '', facts.description, '', '| Option | Type | Default | Description |', '| --- | --- | --- | --- |']
  return `${[...head, ...rows].join('\n')}\n`
}

function* rowsBelow(facts: Facts, prefix: string): Iterable<Row> {
  if (facts.kind === 'list') yield* rowsBelow(factsOf(facts.item), `${prefix}[n]`)
  if (facts.kind === 'map') {
    const item = factsOf(facts.item)
    const option = join(prefix, '<name>')
    if (item.kind !== 'scalar') yield { option, facts: item }
    yield* rowsBelow(item, option)
  }
  if (facts.kind !== 'object') return
  for (const [name, schema] of facts.fields) {
    const option = join(prefix, name)
    yield { option, facts: factsOf(schema) }
    yield* rowsBelow(factsOf(schema), option)
  }
}

function join(prefix: string, name: string): string {
  return prefix === '' ? name : `${prefix}.${name}`
}

function typeOf(facts: Facts): string {
  switch (facts.kind) {
    case 'scalar':
      return facts.type
    case 'object':
      return 'section'
    case 'list':
      return `list of ${typeOf(factsOf(facts.item))}`
    case 'map':
      return `map of ${typeOf(factsOf(facts.item))}`
    case 'anything':
      return 'anything'
    case 'unsupported':
      return '–'
  }
}

function defaultOf(facts: Facts): string {
  if (facts.required) return 'required'
  if (facts.default !== undefined) return `\`${String(facts.default) || '""'}\``
  return facts.kind === 'object' && !facts.filled ? 'off' : ''
}

function describe(facts: Facts): string {
  if (facts.deprecated !== undefined) return `${facts.description} **Old: it ${facts.deprecated}.**`
  if (facts.only !== undefined) return `${facts.description} **Not supported yet but for \`${String(facts.only)}\`.**`
  return facts.kind === 'unsupported' ? `${facts.description} **Not supported yet.**` : facts.description
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replace(/\s*\n\s*/g, ' ')
}
