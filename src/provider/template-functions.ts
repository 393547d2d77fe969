import { normalize } from './normalize.ts'

/** Everything that a template can hold. Labels are a map, so that no key reaches a prototype. */
export type TemplateValue = string | number | boolean | readonly string[] | ReadonlyMap<string, string>

/** A function of templates; `run` throws an Error that says what is wrong with its arguments. */
interface TemplateFunction {
  readonly least: number
  readonly most: number
  readonly run: (args: readonly TemplateValue[]) => TemplateValue
}

const LONGEST = 16 * 1024

/** Every function; arguments stand in the order of Go's text/template and of sprig: what comes through a pipe is the last. */
export const TEMPLATE_FUNCTIONS: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ['normalize', texts(1, ([text]) => normalize(text))],
  ['lower', texts(1, ([text]) => text.toLowerCase())],
  ['upper', texts(1, ([text]) => text.toUpperCase())],
  ['trimPrefix', texts(2, ([prefix, text]) => (text.startsWith(prefix) ? text.slice(prefix.length) : text))],
  ['trimSuffix', texts(2, ([suffix, text]) => (text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text))],
  ['replace', texts(3, ([old, replacement, text]) => joined(text.split(old), replacement))],
  ['split', texts(2, ([separator, text]) => text.split(separator))],
  ['join', { least: 2, most: 2, run: ([separator, list]) => joined(listOf(list), textOf(separator)) }],
  ['index', { least: 2, most: 2, run: ([collection, key]) => elementOf(collection, key) }],
  ['default', { least: 2, most: 2, run: ([fallback = '', value = '']) => (isTrue(value) ? value : fallback) }],
  ['printf', { least: 1, most: 16, run: ([format, ...args]) => printf(textOf(format), args) }],
  ['eq', { least: 2, most: 16, run: ([first, ...others]) => others.some((other) => other === first) }],
  ['ne', { least: 2, most: 2, run: ([first, second]) => first !== second }],
  ['not', { least: 1, most: 1, run: ([value = '']) => !isTrue(value) }],
  ['and', { least: 1, most: 16, run: (args) => args.find((value) => !isTrue(value)) ?? args.at(-1) ?? '' }],
  ['or', { least: 1, most: 16, run: (args) => args.find(isTrue) ?? args.at(-1) ?? '' }],
])

/** What counts as true: everything but false, 0 and what is empty. */
export function isTrue(value: TemplateValue): boolean {
  if (value instanceof Map) return value.size > 0
  return Array.isArray(value) ? value.length > 0 : Boolean(value)
}

/** A single value as a text; what consists of several is none. */
export function textOf(value: TemplateValue | undefined): string {
  if (typeof value === 'object') throw new Error('a list or a map is not a text')
  return String(value ?? '')
}

/** The element of a list by its number, or of a map by its key; '' where there is none. */
export function elementOf(collection: TemplateValue | undefined, key: TemplateValue | undefined): string {
  if (collection instanceof Map) return collection.get(textOf(key)) ?? ''
  return listOf(collection)[Number(String(key).replace(/^_/, ''))] ?? ''
}

type Texts = [string, string, string]

function texts(count: number, run: (args: Texts) => TemplateValue): TemplateFunction {
  return { least: count, most: count, run: (args) => run(args.map(textOf) as Texts) }
}

function listOf(value: TemplateValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value
  throw new Error('a list is needed')
}

// Multiplied again and again, a short text would fill the memory.
function joined(parts: readonly string[], separator: string): string {
  const length = parts.reduce((sum, part) => sum + part.length + separator.length, 0)
  if (length > LONGEST) throw new Error(`the text is longer than ${LONGEST} characters`)
  return parts.join(separator)
}

function printf(format: string, args: readonly TemplateValue[]): string {
  let used = 0
  const text = format.replace(/%(.?)/gs, (_, verb: string) => {
    if (verb === '%') return '%'
    if (!'svdq'.includes(verb) || verb === '') throw new Error(`the verb "%${verb}" is not supported`)
    if (used === args.length) throw new Error('there are more verbs than values')
    const value = textOf(args[used++])
    return verb === 'q' ? JSON.stringify(value) : value
  })
  if (used < args.length) throw new Error('there are more values than verbs')
  return text
}
