import { withoutTrailingDot } from '../http/host.ts'
import { isOneLabelBelow } from './bounds.ts'
import type { Arguments, Condition } from './matcher.ts'
import { compilePattern } from './matcher.ts'
import { RuleError } from './rule-error.ts'
import type { RuleArgument } from './tree.ts'

const NEVER: Condition = { predicate: () => false, hosts: [] }

/** Host(`a.test`), Host(`*.a.test`) or Host(`*`). */
export function compileHost([argument]: Arguments): Condition {
  requireAscii(argument, 'Host')
  if (argument.text === '*') return { predicate: () => true, isAlways: true }
  const domain = canonicalDomain(argument.text)
  if (!domain.includes('*')) return oneDomain(domain)
  const isWildcard = domain.startsWith('*.') && domain.length > 2 && domain.lastIndexOf('*') === 0
  if (!isWildcard) return NEVER
  const suffix = domain.slice(1)
  return { predicate: (input) => isOneLabelBelow(input.domain, suffix), hosts: [{ text: suffix, isExact: false }] }
}

/** Host of the v2 syntax: one of several names, where an asterisk is a character like any other. */
export function compileHosts(args: Arguments): Condition {
  for (const argument of args) requireAscii(argument, 'Host')
  const domains = args.map(({ text }) => canonicalDomain(text))
  if (domains.length === 1) return oneDomain(domains[0] as string)
  const known = new Set(domains)
  return { predicate: (input) => known.has(input.domain), hosts: domains.map((text) => ({ text, isExact: true })) }
}

export function compileHostRegexp([argument]: Arguments): Condition {
  requireAscii(argument, 'HostRegexp')
  const regex = compilePattern(argument.text, argument, 'HostRegexp matcher')
  // The name that a host is an alias for is asked too, and without a resolver that is ''.
  if (regex.test('')) return { predicate: () => true, isAlways: true }
  return { predicate: (input) => regex.test(input.host) }
}

/** The name as hosts are compared: in lower case, without a trailing dot. */
export function canonicalDomain(text: string): string {
  return withoutTrailingDot(text.toLowerCase())
}

/** Refuses what no client can send as a host. */
export function requireAscii(argument: RuleArgument, matcher: string): void {
  const { text } = argument
  for (let index = 0; index < text.length; index++) {
    if (text.charCodeAt(index) <= 0x7f) continue
    const message = `invalid value "${text}" for ${matcher} matcher, non-ASCII characters are not allowed`
    throw new RuleError(message, argument, { expected: 'the name in punycode (xn--…)' })
  }
}

function oneDomain(domain: string): Condition {
  return { predicate: (input) => input.domain === domain, hosts: [{ text: domain, isExact: true }] }
}
