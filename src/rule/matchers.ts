import { equalsLower } from '../http/headers.ts'
import { TrustedIps } from '../http/trusted-ips.ts'
import { compileHost } from './host-matcher.ts'
import { fromQuery, toOctets } from './octets.ts'
import type { Predicate } from './route-input.ts'
import { RuleError } from './rule-error.ts'
import type { RuleArgument, RuleCall } from './tree.ts'

interface Matcher {
  /** How many arguments it takes. */
  readonly arity: readonly number[]
  /** Absent where the matcher is known but not supported yet. `second` is absent where the rule gives one argument. */
  readonly compile?: (first: RuleArgument, second: RuleArgument | undefined) => Predicate
}

/** Every matcher of the v3 syntax. */
const MATCHERS: Readonly<Record<string, Matcher>> = {
  Host: { arity: [1], compile: compileHost },
  HostRegexp: { arity: [1] },
  Path: { arity: [1], compile: compilePath },
  PathPrefix: { arity: [1], compile: compilePathPrefix },
  PathRegexp: { arity: [1] },
  Method: { arity: [1], compile: compileMethod },
  Header: { arity: [2], compile: compileHeader },
  HeaderRegexp: { arity: [2] },
  Query: { arity: [1, 2], compile: compileQuery },
  QueryRegexp: { arity: [1, 2] },
  ClientIP: { arity: [1], compile: compileClientIp },
}

/** The canonical names of all matchers. */
export const MATCHER_NAMES: readonly string[] = Object.keys(MATCHERS)

/** Every spelling that a rule may use, with the canonical one: exact, lower case, upper case, and capitalised. */
const SPELLINGS: ReadonlyMap<string, string> = new Map(
  MATCHER_NAMES.flatMap((name) => {
    const lower = name.toLowerCase()
    return [name, lower, name.toUpperCase(), `${name.charAt(0)}${lower.slice(1)}`].map((spelling) => [spelling, name] as const)
  }),
)

/** Fields that are no header fields to a rule: the host has its own matcher, the others are framing. */
const NEVER_FIELDS: ReadonlySet<string> = new Set(['host', 'transfer-encoding', 'trailer'])

/** The canonical name of a matcher, or undefined where the spelling is none of the four. */
export function matcherName(spelling: string): string | undefined {
  return SPELLINGS.get(spelling)
}

/** Builds the predicate of one call, or throws a RuleError at what is wrong with it. */
export function compileCall(call: RuleCall): Predicate {
  const { name, args } = call
  const matcher = MATCHERS[name] as Matcher
  const [first, second] = args
  if (first === undefined) throw new RuleError(`no args for matcher ${name}`, call, { expected: countOf(matcher) })
  const empty = args.find(({ text }) => text === '')
  if (empty !== undefined) {
    const values = args.map(({ text }) => text).join(' ')
    throw new RuleError(`empty args for matcher ${name}, [${values}]`, empty, { expected: 'a value that is not empty' })
  }
  if (!matcher.arity.includes(args.length)) {
    const message = `unexpected number of parameters; got ${args.length}, expected one of [${matcher.arity.join(' ')}]`
    throw new RuleError(message, call, { expected: `${countOf(matcher)}; alternatives are joined with ||` })
  }
  if (matcher.compile === undefined) throw new RuleError(`matcher ${name} is not supported yet`, call, { code: 'GTW_UNSUPPORTED' })
  return matcher.compile(first, second)
}

function countOf({ arity }: Matcher): string {
  return `${arity.join(' or ')} ${arity.at(-1) === 1 ? 'argument' : 'arguments'}`
}

function compilePath(argument: RuleArgument): Predicate {
  const path = absolutePath(argument)
  return (input) => input.path === path
}

function compilePathPrefix(argument: RuleArgument): Predicate {
  const prefix = absolutePath(argument)
  return (input) => input.path.startsWith(prefix)
}

function absolutePath(argument: RuleArgument): string {
  if (argument.text.startsWith('/')) return argument.text
  throw new RuleError(`path "${argument.text}" does not start with a '/'`, argument, { expected: `/${argument.text}` })
}

function compileMethod({ text }: RuleArgument): Predicate {
  const method = text.toUpperCase()
  return (input) => input.request.method === method
}

function compileHeader({ text }: RuleArgument, second: RuleArgument | undefined): Predicate {
  const name = text.toLowerCase()
  const value = toOctets((second as RuleArgument).text)
  if (NEVER_FIELDS.has(name)) return () => false
  // The parser took the length out of the list of fields (RFC 9112 §6.3).
  if (name === 'content-length') return ({ request }) => request.headers.contentLength >= 0 && `${request.headers.contentLength}` === value
  return ({ request }) => hasField(request.headers.raw, name, value)
}

function hasField(raw: readonly string[], lowerName: string, value: string): boolean {
  for (let index = 0; index < raw.length; index += 2) {
    if (raw[index + 1] === value && equalsLower(raw[index] as string, lowerName)) return true
  }
  return false
}

function compileQuery(first: RuleArgument, second: RuleArgument | undefined): Predicate {
  const key = toOctets(first.text)
  const value = second === undefined ? '' : toOctets(second.text)
  return ({ request }) => request.query !== undefined && hasPair(request.query, key, value)
}

function hasPair(query: string, key: string, value: string): boolean {
  for (let start = 0; start < query.length; ) {
    const ampersand = query.indexOf('&', start)
    const end = ampersand === -1 ? query.length : ampersand
    const equals = query.indexOf('=', start)
    const keyEnd = equals === -1 || equals > end ? end : equals
    if (fromQuery(query.slice(start, keyEnd)) === key && fromQuery(query.slice(keyEnd + 1, end)) === value) return true
    start = end + 1
  }
  return false
}

function compileClientIp(argument: RuleArgument): Predicate {
  const networks = TrustedIps.parse([argument.text])
  if (networks instanceof TrustedIps) return (input) => networks.has(input.request.peer.address)
  throw new RuleError(`"${networks.invalid}" is neither an IP address nor a CIDR`, argument, { expected: 'for instance 10.0.0.0/8' })
}
