import { TrustedIps } from '../http/trusted-ips.ts'
import { isOneLabelBelow } from './bounds.ts'
import { some } from './combine.ts'
import { canonicalDomain, requireAscii } from './host-matcher.ts'
import { type Arguments, type Condition, compilePattern, type Matcher } from './matcher.ts'
import { RuleError } from './rule-error.ts'
import type { TcpInput } from './tcp-input.ts'
import { readTemplate } from './template.ts'
import type { RuleArgument } from './tree.ts'

type TcpCondition = Condition<TcpInput>
type TcpMatcher = Matcher<TcpInput>

/** What a server may speak with a certificate authority only (RFC 8737). */
const ACME_PROTOCOL = 'acme-tls/1'

/** Every matcher of TCP routers in the v3 syntax. */
export const TCP_MATCHERS: Readonly<Record<string, TcpMatcher>> = {
  HostSNI: { arity: [1], compile: ([argument]) => compileName(argument) },
  HostSNIRegexp: { arity: [1], compile: ([argument]) => compileNamePattern(argument) },
  ClientIP: { arity: [1], compile: compileAddresses },
  ALPN: { arity: [1], compile: ([argument]) => compileProtocol(argument) },
}

/** Every matcher of TCP routers in the v2 syntax: each takes several alternatives, and patterns stand in braces. */
export const TCP_MATCHERS_V2: Readonly<Record<string, TcpMatcher>> = {
  HostSNI: { arity: undefined, compile: (args) => anyOf(args, compileName) },
  HostSNIRegexp: { arity: undefined, compile: (args) => anyOf(args, compileNameTemplate) },
  ClientIP: { arity: undefined, compile: compileAddresses },
  ALPN: { arity: undefined, compile: (args) => anyOf(args, compileProtocol) },
}

const NAME = /^(?:\*\.)?[\w:-]+(?:\.[\w:-]+)*$/

function compileName(argument: RuleArgument): TcpCondition {
  requireAscii(argument, 'HostSNI')
  const { text } = argument
  if (text === '*') return { predicate: () => true, isAlways: true }
  const name = canonicalDomain(text)
  if (!NAME.test(name)) {
    const message = `invalid value for HostSNI matcher, "${text}" is not a valid hostname`
    throw new RuleError(message, argument, { expected: 'a name, a name that starts with `*.`, or `*`' })
  }
  if (!name.startsWith('*.')) return { predicate: (input) => input.serverName === name, hosts: [{ text: name, isExact: true }] }
  const suffix = name.slice(1)
  return { predicate: (input) => isOneLabelBelow(input.serverName, suffix), hosts: [{ text: suffix, isExact: false }] }
}

function compileNamePattern(argument: RuleArgument): TcpCondition {
  requireAscii(argument, 'HostSNIRegexp')
  const regex = compilePattern(argument.text, argument, 'HostSNIRegexp matcher')
  return { predicate: (input) => regex.test(input.serverName) }
}

function compileNameTemplate(argument: RuleArgument): TcpCondition {
  requireAscii(argument, 'HostSNIRegexp')
  const { pattern } = readTemplate(argument, argument.text, '[^.]+')
  const regex = compilePattern(`(?i)^${pattern}$`, argument, 'HostSNIRegexp matcher')
  return { predicate: (input) => regex.test(input.serverName) }
}

function compileAddresses(args: Arguments): TcpCondition {
  const networks = TrustedIps.parse(args.map(({ text }) => text))
  if (networks instanceof TrustedIps) return { predicate: (input) => networks.has(input.address) }
  const argument = args.find(({ text }) => text === networks.invalid) as RuleArgument
  throw new RuleError(`"${networks.invalid}" is neither an IP address nor a CIDR`, argument, { expected: 'for instance 10.0.0.0/8' })
}

function compileProtocol(argument: RuleArgument): TcpCondition {
  const { text } = argument
  if (text === ACME_PROTOCOL) {
    const message = `invalid protocol value for ALPN matcher, "${ACME_PROTOCOL}" is not allowed`
    throw new RuleError(message, argument, { expected: 'another protocol' })
  }
  return { predicate: (input) => input.protocols.includes(text) }
}

function anyOf(args: Arguments, compile: (argument: RuleArgument) => TcpCondition): TcpCondition {
  const conditions = args.map(compile)
  const bounds = conditions.map(({ hosts }) => hosts)
  const isBound = bounds.every((one) => one !== undefined)
  return {
    predicate: some(conditions.map(({ predicate }) => predicate)),
    isAlways: conditions.some(({ isAlways }) => isAlways === true),
    ...(isBound ? { hosts: bounds.flat() } : {}),
  }
}
