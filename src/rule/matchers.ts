import { TrustedIps } from '../http/trusted-ips.ts'
import { fieldEquals, fieldThat } from './fields.ts'
import { compileHost, compileHostRegexp } from './host-matcher.ts'
import { type Arguments, type Condition, compilePattern, type Matcher } from './matcher.ts'
import { toOctets, toText } from './octets.ts'
import { hasPair } from './query.ts'
import type { Predicate } from './route-input.ts'
import { RuleError } from './rule-error.ts'
import type { RuleArgument } from './tree.ts'

/** Every matcher of the v3 syntax. */
export const MATCHERS: Readonly<Record<string, Matcher>> = {
  Host: { arity: [1], compile: compileHost },
  HostRegexp: { arity: [1], compile: compileHostRegexp },
  Path: { arity: [1], compile: compilePath },
  PathPrefix: { arity: [1], compile: compilePathPrefix },
  PathRegexp: { arity: [1], compile: compilePathRegexp },
  Method: { arity: [1], compile: compileMethod },
  Header: { arity: [2], compile: compileHeader },
  HeaderRegexp: { arity: [2], compile: compileHeaderRegexp },
  Query: { arity: [1, 2], compile: compileQuery },
  QueryRegexp: { arity: [1, 2], compile: compileQueryRegexp },
  ClientIP: { arity: [1], compile: compileClientIp },
}

function compilePath([argument]: Arguments): Condition {
  const path = absolutePath(argument)
  return { predicate: (input) => input.path === path, paths: [{ text: path, isExact: true }] }
}

function compilePathPrefix([argument]: Arguments): Condition {
  const prefix = absolutePath(argument)
  return { predicate: (input) => input.path.startsWith(prefix), paths: [{ text: prefix, isExact: false }] }
}

function compilePathRegexp([argument]: Arguments): Condition {
  const regex = compilePattern(argument.text, argument, 'PathRegexp matcher')
  return { predicate: (input) => regex.test(input.path) }
}

function absolutePath(argument: RuleArgument): string {
  if (argument.text.startsWith('/')) return argument.text
  throw new RuleError(`path "${argument.text}" does not start with a '/'`, argument, { expected: `/${argument.text}` })
}

function compileMethod([{ text }]: Arguments): Condition {
  const method = text.toUpperCase()
  return { predicate: (input) => input.request.method === method }
}

function compileHeader([name, value]: Arguments): Condition {
  return { predicate: fieldEquals(name.text, (value as RuleArgument).text) }
}

function compileHeaderRegexp([name, value]: Arguments): Condition {
  const pattern = value as RuleArgument
  const regex = compilePattern(pattern.text, pattern, 'HeaderRegexp matcher')
  return { predicate: fieldThat(name.text, (text) => regex.test(text)) }
}

function compileQuery([key, value]: Arguments): Condition {
  const wanted = value === undefined ? '' : toOctets(value.text)
  return { predicate: pairThat(key, (octets) => octets === wanted) }
}

function compileQueryRegexp(args: Arguments): Condition {
  const [key, value] = args
  if (value === undefined) return compileQuery(args)
  const regex = compilePattern(value.text, value, 'QueryRegexp matcher')
  return { predicate: pairThat(key, (octets) => regex.test(toText(octets))) }
}

function pairThat({ text }: RuleArgument, accepts: (octets: string) => boolean): Predicate {
  const key = toOctets(text)
  return ({ request }) => request.query !== undefined && hasPair(request.query, key, accepts)
}

/** One network in the v3 syntax, several in the v2 syntax. */
export function compileClientIp(args: Arguments): Condition {
  const networks = TrustedIps.parse(args.map(({ text }) => text))
  if (networks instanceof TrustedIps) return { predicate: (input) => networks.has(input.request.peer.address) }
  const argument = args.find(({ text }) => text === networks.invalid) as RuleArgument
  throw new RuleError(`"${networks.invalid}" is neither an IP address nor a CIDR`, argument, { expected: 'for instance 10.0.0.0/8' })
}
