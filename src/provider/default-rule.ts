import type { Finding } from '../findings/finding.ts'
import { quote } from '../findings/show.ts'
import { TemplateError } from './template-error.ts'
import { elementOf, isTrue, TEMPLATE_FUNCTIONS, type TemplateValue, textOf } from './template-functions.ts'
import { type Expression, parseTemplate, type TemplateNode } from './template-parser.ts'

/** What a default rule may say about an item. */
export interface RuleContext {
  /** `.Name`: the name of the service. */
  readonly name: string
  /** `.ContainerName`, where there are containers. */
  readonly containerName?: string
  /** `.Labels` */
  readonly labels: Readonly<Record<string, string>>
}

/** The rule of a router that brings none of its own. */
export interface DefaultRule {
  /** The rule for an item, or why there is none. */
  readonly ruleFor: (context: RuleContext) => { readonly rule: string } | { readonly problem: string }
  readonly findings: readonly Finding[]
}

/** The default of the option `defaultRule`. */
export const DEFAULT_RULE = 'Host(`{{ normalize .Name }}`)'

const FIELDS = ['Name', 'ContainerName', 'Labels']

/** Compiles the option `defaultRule`; `path` is its dotted path, for findings. */
export function compileDefaultRule(template: string, path: string): DefaultRule {
  try {
    const nodes = parseTemplate(template, FIELDS)
    return { ruleFor: (context) => ruleFor(nodes, context), findings: [] }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    const problem = `${path}: ${problemOf(error)}`
    return { ruleFor: () => ({ problem }), findings: [toFinding(error, problem, path)] }
  }
}

function problemOf({ message, column }: TemplateError): string {
  return `${message} (column ${column} of the template)`
}

function toFinding({ suggestion }: TemplateError, message: string, path: string): Finding {
  return {
    code: 'GTW_BAD_VALUE',
    severity: 'error',
    message,
    path,
    ...(suggestion === undefined ? {} : { suggestion }),
    hint: 'routers without a rule of their own are left out until it is corrected',
  }
}

function ruleFor(nodes: readonly TemplateNode[], context: RuleContext): ReturnType<DefaultRule['ruleFor']> {
  try {
    const rule = render(nodes, fieldsOf(context)).trim()
    return rule === '' ? { problem: 'the default rule is empty' } : { rule }
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    return { problem: `the default rule fails: ${problemOf(error)}` }
  }
}

type FieldValues = ReadonlyMap<string, TemplateValue>

function fieldsOf({ name, containerName, labels }: RuleContext): FieldValues {
  const values = new Map<string, TemplateValue>([
    ['Name', name],
    ['Labels', new Map(Object.entries(labels))],
  ])
  if (containerName !== undefined) values.set('ContainerName', containerName)
  return values
}

/** A value, and whether something in it that came from an item could end a string of a rule. */
interface Evaluated {
  readonly value: TemplateValue
  readonly isUnsafe: boolean
}

// Without a quote of its own, nothing can leave the string it is put into, and nothing outside of a string can be a matcher.
// biome-ignore lint/suspicious/noControlCharactersInRegex: a line break ends a string, and none of the others belongs into a rule.
const BREAKING = /[`"\\\x00-\x1f\x7f]/

function render(nodes: readonly TemplateNode[], fields: FieldValues): string {
  let text = ''
  for (const node of nodes) {
    if (node.kind === 'text') text += node.text
    else if (node.kind === 'output') text += outputOf(node, fields)
    else text += render(isTrue(evaluate(node.condition, fields).value) ? node.then : node.else, fields)
  }
  return text
}

function outputOf({ expression, column }: TemplateNode & { readonly kind: 'output' }, fields: FieldValues): string {
  const { value, isUnsafe } = evaluate(expression, fields)
  const text = attempt(() => textOf(value), column)
  if (!isUnsafe) return text
  throw new TemplateError(`${quote(text)} holds a quote, a backslash or a control character: use normalize`, column)
}

function evaluate(expression: Expression, fields: FieldValues): Evaluated {
  switch (expression.kind) {
    case 'literal':
      return { value: expression.value, isUnsafe: false }
    case 'field':
      return evaluateField(expression, fields)
    case 'element': {
      const { of, key, column } = expression
      const collection = evaluate(of, fields)
      return derived(
        attempt(() => elementOf(collection.value, key), column),
        [collection],
      )
    }
    case 'call': {
      const args = expression.args.map((argument) => evaluate(argument, fields))
      return derived(call(expression, args), args)
    }
  }
}

function evaluateField({ name, column }: Expression & { readonly kind: 'field' }, fields: FieldValues): Evaluated {
  const value = fields.get(name)
  if (value === undefined) throw new TemplateError(`the field ".${name}" is not known to this provider`, column)
  return { value, isUnsafe: isBreaking(value) }
}

function call({ name, column }: Expression & { readonly kind: 'call' }, args: readonly Evaluated[]): TemplateValue {
  const run = TEMPLATE_FUNCTIONS.get(name)?.run
  return attempt(() => run?.(args.map(({ value }) => value)) ?? '', column)
}

/** What a function makes of its arguments is as unsafe as they are, unless it took away what was. */
function derived(value: TemplateValue, from: readonly Evaluated[]): Evaluated {
  return { value, isUnsafe: from.some(({ isUnsafe }) => isUnsafe) && isBreaking(value) }
}

// What consists of several is looked at when one of them is taken.
function isBreaking(value: TemplateValue): boolean {
  return typeof value === 'object' || BREAKING.test(String(value))
}

function attempt<Result>(run: () => Result, column: number): Result {
  try {
    return run()
  } catch (error) {
    throw error instanceof TemplateError ? error : new TemplateError((error as Error).message, column)
  }
}
