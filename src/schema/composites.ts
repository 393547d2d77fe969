import { type Facts, type Fields, factsOf, type Infer, makeSchema, type ObjectOf, type Present, type Schema } from './schema.ts'

interface ObjectOptions {
  /** `true` or an empty text stands for the section with its defaults, `false` for its absence. */
  readonly standalone?: boolean
  /** Exactly one of the fields must be given. */
  readonly exactlyOne?: boolean
  /** Fields that may stand beside that one. */
  readonly beside?: readonly string[]
}

/** An object with known fields; every other key is a finding. */
export function object<F extends Fields>(description: string, fields: F, options: ObjectOptions = {}): Schema<ObjectOf<F>> {
  const names = Object.keys(fields)
  const beside = new Set(options.beside)
  const must = names.filter((name) => fields[name] !== undefined && factsOf(fields[name]).required)
  const json = {
    type: 'object',
    properties: fields,
    ...(must.length > 0 ? { required: must } : {}),
    ...(options.exactlyOne ? exactlyOneJson(names, beside) : {}),
    additionalProperties: false,
  }
  const standalone = options.standalone ?? false
  return makeSchema(standalone ? { description, anyOf: [json, { enum: [true, false, 'true', 'false', ''] }] } : { description, ...json }, {
    ...plain(description),
    kind: 'object',
    fields: new Map(Object.entries(fields)),
    names: new Map(names.map((name) => [name.toLowerCase(), name])),
    standalone,
    exactlyOne: options.exactlyOne ?? false,
    beside,
  })
}

function exactlyOneJson(names: readonly string[], beside: ReadonlySet<string>): object {
  if (beside.size === 0) return { minProperties: 1, maxProperties: 1 }
  return { oneOf: names.filter((name) => !beside.has(name)).map((name) => ({ properties: { [name]: true }, required: [name] })) }
}

/** An optional section: absent until someone writes it. */
export function section<T>(schema: Schema<T>, description: string = factsOf(schema).description): Schema<T> {
  return makeSchema({ ...schema, description }, { ...factsOf(schema), description })
}

/** A section that is always there: its defaults hold even when nobody wrote it. */
export function filled<T>(schema: Schema<T>): Present<T> {
  return makeSchema(schema, { ...factsOf(schema), filled: true })
}

/** A field that must be given. */
export function required<T>(schema: Schema<T>): Present<T> {
  return makeSchema(schema, { ...factsOf(schema), required: true })
}

interface ListOptions<T> {
  readonly required?: true
  readonly minItems?: number
  readonly default?: readonly T[]
}

type ListGiven<T, O> = O extends { readonly required: true } | { readonly default: unknown } ? Present<readonly T[]> : Schema<readonly T[]>

/** A list; where its items are scalars, one text with commas stands for it. */
export function list<S extends Schema, O extends ListOptions<Infer<S>> = ListOptions<Infer<S>>>(
  item: S,
  description: string,
  options?: O,
): ListGiven<Infer<S>, O> {
  const minItems = options?.minItems ?? 0
  const array = { type: 'array', items: item, ...(minItems > 0 ? { minItems } : {}) }
  const scalars = factsOf(item).kind === 'scalar'
  const json = scalars ? { anyOf: [array, { type: ['string', 'number', 'boolean'] }] } : array
  return makeSchema(
    { description, ...json },
    { ...plain(description), kind: 'list', item, minItems, required: options?.required ?? false, default: options?.default },
  )
}

/** An object with free keys, whose case is kept. */
export function map<T>(item: Schema<T>, description: string): Schema<Readonly<Record<string, T>>> {
  return makeSchema({ description, type: 'object', additionalProperties: item }, { ...plain(description), kind: 'map', item })
}

/** Any tree, kept as it is. */
export function anything(description: string): Schema<unknown> {
  return makeSchema({ description }, { ...plain(description), kind: 'anything' })
}

/** An option that is known and does not work yet: using it is a finding, never silence; `instead` names what does. */
export function unsupported(description: string, instead?: string): Schema<undefined> {
  const facts: Facts = { ...plain(description), kind: 'unsupported', ...(instead === undefined ? {} : { instead }) }
  return makeSchema({ description: `${description} Not supported yet.` }, facts)
}

/** An option of which one value works: any other one is a finding, and harms nothing. */
export function onlyAs<T, S extends Schema<T>>(schema: S & Schema<T>, only: T): S {
  return makeSchema(schema, { ...factsOf(schema), only })
}

/** An option that is only known for the sake of old configurations: using it is a finding that says why, and harms nothing. */
export function deprecated<S extends Schema>(schema: S, why: string): S {
  return makeSchema({ ...schema, deprecated: true }, { ...factsOf(schema), deprecated: why })
}

function plain(description: string) {
  return { description, required: false, filled: false, default: undefined } as const
}
