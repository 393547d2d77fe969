import type { Path } from '../findings/finding.ts'
import { type Issue, makeIssue } from '../findings/issue.ts'
import { quote } from '../findings/show.ts'
import { nearest } from '../findings/suggest.ts'
import { check } from '../schema/index.ts'
import { type EntryPoint, entryPoint, parseAddress } from './entry-point.ts'
import { PROVIDER_PRECEDENCE, type StaticConfiguration } from './static.ts'

/** Adds the entry points that nobody wrote, and looks for what only makes sense, or not, as a whole. */
export function completeStatic(
  checked: StaticConfiguration,
  installed: readonly string[],
): { readonly configuration: StaticConfiguration; readonly issues: readonly Issue[] } {
  const issues: Issue[] = []
  const configuration = withPingEntryPoint(withEntryPoints(checked), issues)
  checkPrecedence(configuration, installed, issues)
  checkProxyProtocol(configuration, issues)
  checkAddresses(configuration, issues)
  return { configuration, issues }
}

const entryPointAt = (address: string): EntryPoint => check(entryPoint, { address }).value

function withEntryPoints(checked: StaticConfiguration): StaticConfiguration {
  const { entryPoints } = checked
  return Object.keys(entryPoints).length > 0 ? checked : { ...checked, entryPoints: { http: entryPointAt(':80') } }
}

/** The internal entry point, by our name and by Traefik's. */
export const INTERNAL: readonly string[] = ['gateway', 'traefik']

function withPingEntryPoint(configuration: StaticConfiguration, issues: Issue[]): StaticConfiguration {
  const { ping, entryPoints } = configuration
  if (ping === undefined || ping.manualRouting || Object.hasOwn(entryPoints, ping.entryPoint)) return configuration
  if (!INTERNAL.includes(ping.entryPoint)) {
    issues.push(unknownEntryPoint(['ping', 'entryPoint'], ping.entryPoint, Object.keys(entryPoints)))
    return configuration
  }
  const there = INTERNAL.find((name) => Object.hasOwn(entryPoints, name))
  const added = there === undefined ? { gateway: entryPointAt(':8080') } : {}
  return { ...configuration, ping: { ...ping, entryPoint: there ?? 'gateway' }, entryPoints: { ...entryPoints, ...added } }
}

function unknownEntryPoint(path: Path, name: string, names: readonly string[]): Issue {
  const suggestion = nearest(name, names)
  const said = { code: 'GTW_UNKNOWN_ENTRY_POINT', problem: `is ${quote(name)}, which is no entry point` } as const
  return makeIssue({ path, at: 'value' }, suggestion === undefined ? said : { ...said, suggestion })
}

function checkPrecedence({ providers }: StaticConfiguration, installed: readonly string[], issues: Issue[]): void {
  const known = new Set([...PROVIDER_PRECEDENCE, ...installed].map((name) => name.toLowerCase()))
  for (const [index, name] of providers.precedence.entries()) {
    if (known.has(name.toLowerCase())) continue
    const suggestion = nearest(name, known)
    const said = { code: 'GTW_UNKNOWN_PROVIDER', problem: `is ${quote(name)}, which is no provider` } as const
    const place = { path: ['providers', 'precedence', index], at: 'value' } as const
    issues.push(makeIssue(place, suggestion === undefined ? said : { ...said, suggestion }))
  }
}

// Whoever turns it on and believes nobody has forgotten something.
function checkProxyProtocol({ entryPoints }: StaticConfiguration, issues: Issue[]): void {
  for (const [name, { proxyProtocol }] of Object.entries(entryPoints)) {
    if (proxyProtocol === undefined || proxyProtocol.insecure || proxyProtocol.trustedIPs.length > 0) continue
    const said = {
      code: 'GTW_MISSING',
      problem: 'believes nobody',
      expected: '`trustedIPs`, or `insecure: true` to believe everyone',
    } as const
    issues.push(makeIssue({ path: ['entryPoints', name, 'proxyProtocol'], at: 'value' }, said))
  }
}

function checkAddresses({ entryPoints }: StaticConfiguration, issues: Issue[]): void {
  const listening = new Map<string, Listening>()
  for (const [name, { address, reusePort }] of Object.entries(entryPoints)) {
    // Where the address was missing or refused, that is said already.
    if (address === undefined) continue
    const place = { path: ['entryPoints', name, 'address'], at: 'value' } as const
    const parsed = parseAddress(address)
    if ('expected' in parsed) {
      issues.push(makeIssue(place, { code: 'GTW_BAD_VALUE', problem: `is ${quote(address)}`, expected: parsed.expected }))
    } else if (parsed.port !== 0) {
      // TCP and UDP have ports of their own.
      const key = `${wildcard(parsed.host)}:${parsed.port}/${parsed.protocol}`
      const first = listening.get(key)
      if (first === undefined) listening.set(key, { name, reusePort })
      else if (!(reusePort && first.reusePort)) issues.push(makeIssue(place, takenAddress(address, first.name)))
    }
  }
}

interface Listening {
  readonly name: string
  readonly reusePort: boolean
}

const wildcard = (host: string): string => (host === '0.0.0.0' || host === '::' ? '' : host.toLowerCase())

const takenAddress = (address: string, name: string) =>
  ({
    code: 'GTW_BAD_VALUE',
    problem: `is ${quote(address)}, where the entry point ${quote(name)} listens already`,
    expected: 'an address of its own, or `reusePort` on both',
  }) as const
