import { every, some } from './combine.ts'
import { fieldEquals, fieldThat } from './fields.ts'
import { compileHosts, requireAscii } from './host-matcher.ts'
import { type Arguments, type Condition, compilePattern, type Matcher } from './matcher.ts'
import { compileClientIp } from './matchers.ts'
import { toOctets, toText } from './octets.ts'
import { firstValue } from './query.ts'
import type { Predicate } from './route-input.ts'
import { RuleError } from './rule-error.ts'
import { readTemplate } from './template.ts'
import type { RuleArgument, RuleCall } from './tree.ts'

/** Every matcher of the v2 syntax. */
export const MATCHERS_V2: Readonly<Record<string, Matcher>> = {
  Host: { arity: undefined, compile: compileHosts },
  HostHeader: { arity: undefined, compile: compileHosts },
  HostRegexp: { arity: undefined, compile: compileHostTemplates },
  Path: { arity: undefined, compile: compilePaths },
  PathPrefix: { arity: undefined, compile: compilePathPrefixes },
  Method: { arity: undefined, compile: compileMethods },
  Headers: { arity: undefined, compile: compileHeaders },
  HeadersRegexp: { arity: undefined, compile: compileHeadersRegexp },
  Query: { arity: undefined, compile: compileQueries },
  ClientIP: { arity: undefined, compile: compileClientIp },
}

function compileHostTemplates(args: Arguments): Condition {
  const predicates = args.map((argument): Predicate => {
    requireAscii(argument, 'HostRegexp')
    const { pattern } = readTemplate(argument, argument.text, '[^.]+')
    const regex = compilePattern(`(?i)^${pattern}$`, argument, 'HostRegexp matcher')
    return (input) => regex.test(input.host)
  })
  return { predicate: some(predicates) }
}

function compilePaths(args: Arguments): Condition {
  return anyPath(args, 'Path')
}

function compilePathPrefixes(args: Arguments): Condition {
  return anyPath(args, 'PathPrefix')
}

function anyPath(args: Arguments, matcher: 'Path' | 'PathPrefix'): Condition {
  const isPrefix = matcher === 'PathPrefix'
  const conditions = args.map((argument) => {
    if (!argument.text.startsWith('/')) {
      const message = `mux: path must start with a slash, got "${argument.text}"`
      throw new RuleError(message, argument, { expected: `/${argument.text}` })
    }
    const { pattern, literal, isLiteral } = readTemplate(argument, argument.text, '[^/]+')
    const bound = { text: literal, isExact: isLiteral && !isPrefix }
    return { predicate: isLiteral ? literalPath(literal, isPrefix) : templatePath(pattern, isPrefix, argument), bound }
  })
  return { predicate: some(conditions.map(({ predicate }) => predicate)), paths: conditions.map(({ bound }) => bound) }
}

function literalPath(literal: string, isPrefix: boolean): Predicate {
  return isPrefix ? (input) => input.path.startsWith(literal) : (input) => input.path === literal
}

function templatePath(pattern: string, isPrefix: boolean, argument: RuleArgument): Predicate {
  const regex = compilePattern(`^${pattern}${isPrefix ? '' : '$'}`, argument, isPrefix ? 'PathPrefix matcher' : 'Path matcher')
  return (input) => regex.test(input.path)
}

function compileMethods(args: Arguments): Condition {
  const methods = new Set(args.map(({ text }) => text.toUpperCase()))
  return { predicate: (input) => methods.has(input.request.method) }
}

function compileHeaders(args: Arguments, call: RuleCall): Condition {
  return { predicate: every(pairsOf(args, call).map(([name, value]) => fieldEquals(name.text, value.text))) }
}

function compileHeadersRegexp(args: Arguments, call: RuleCall): Condition {
  const predicates = pairsOf(args, call).map(([name, value]) => {
    const regex = compilePattern(value.text, value, 'HeadersRegexp matcher')
    return fieldThat(name.text, (text) => regex.test(text))
  })
  return { predicate: every(predicates) }
}

function pairsOf(args: Arguments, call: RuleCall): [name: RuleArgument, value: RuleArgument][] {
  if (args.length % 2 !== 0) {
    const message = `mux: number of parameters must be multiple of 2, got [${args.map(({ text }) => text).join(' ')}]`
    throw new RuleError(message, call, { expected: 'pairs of a name and a value' })
  }
  return args.flatMap((name, index) => (index % 2 === 0 ? [[name, args[index + 1] as RuleArgument]] : []))
}

function compileQueries(args: Arguments): Condition {
  return { predicate: every(args.map(compileQuery)) }
}

function compileQuery(argument: RuleArgument): Predicate {
  const equals = argument.text.indexOf('=')
  if (equals === -1) throw new RuleError(`query "${argument.text}" has no "="`, argument, { expected: `${argument.text}=value` })
  const key = toOctets(argument.text.slice(0, equals))
  const wanted = argument.text.slice(equals + 1)
  const pattern = wanted === '' ? '.*' : readTemplate(argument, wanted, '.*').pattern
  const regex = compilePattern(`^${pattern}$`, argument, 'Query matcher')
  return ({ request }) => {
    const value = request.query === undefined ? undefined : firstValue(request.query, key)
    return value !== undefined && regex.test(toText(value))
  }
}
