import type { Arguments, Condition, Matcher } from './matcher.ts'
import { RuleError } from './rule-error.ts'
import type { RuleCall } from './tree.ts'
import type { Vocabulary } from './vocabulary.ts'

/** Compiles one call, or throws a RuleError at what is wrong with it. */
export function compileCall<Input>(call: RuleCall, vocabulary: Vocabulary<Matcher<Input>>): Condition<Input> {
  const { name, args } = call
  const matcher = vocabulary.matcher(name)
  if (!isFilled(args)) throw new RuleError(`no args for matcher ${name}`, call, { expected: countOf(matcher) })
  const empty = args.find(({ text }) => text === '')
  if (empty !== undefined) {
    const values = args.map(({ text }) => text).join(' ')
    throw new RuleError(`empty args for matcher ${name}, [${values}]`, empty, { expected: 'a value that is not empty' })
  }
  if (matcher.arity !== undefined && !matcher.arity.includes(args.length)) {
    const message = `unexpected number of parameters; got ${args.length}, expected one of [${matcher.arity.join(' ')}]`
    throw new RuleError(message, call, { expected: `${countOf(matcher)}; alternatives are joined with ||` })
  }
  return matcher.compile(args, call)
}

function isFilled(args: RuleCall['args']): args is Arguments {
  return args.length > 0
}

function countOf({ arity }: Pick<Matcher, 'arity'>): string {
  if (arity === undefined) return 'one argument or more'
  return `${arity.join(' or ')} ${arity.at(-1) === 1 ? 'argument' : 'arguments'}`
}
