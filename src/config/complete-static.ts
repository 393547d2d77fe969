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
  const configuration = withMetricsEntryPoint(withApiEntryPoint(withPingEntryPoint(withEntryPoints(checked), issues)), issues)
  checkApi(configuration, issues)
  checkHeaderLabels(configuration, issues)
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
  const { ping } = configuration
  if (ping === undefined || ping.manualRouting) return configuration
  const { completed, entryPoint } = withEntryPointOf(configuration, { path: ['ping', 'entryPoint'], entryPoint: ping.entryPoint }, issues)
  return { ...completed, ping: { ...ping, entryPoint } }
}

function withMetricsEntryPoint(configuration: StaticConfiguration, issues: Issue[]): StaticConfiguration {
  const { prometheus } = configuration.metrics ?? {}
  if (configuration.metrics === undefined || prometheus === undefined || prometheus.manualRouting) return configuration
  const path = ['metrics', 'prometheus', 'entryPoint']
  const { completed, entryPoint } = withEntryPointOf(configuration, { path, entryPoint: prometheus.entryPoint }, issues)
  return { ...completed, metrics: { ...configuration.metrics, prometheus: { ...prometheus, entryPoint } } }
}

/** Makes sure of the entry point of a router of our own: the internal one comes where it is wanted and nobody has configured it. */
function withEntryPointOf(
  configuration: StaticConfiguration,
  wanted: { readonly path: Path; readonly entryPoint: string },
  issues: Issue[],
) {
  const { path, entryPoint } = wanted
  const names = Object.keys(configuration.entryPoints)
  if (names.includes(entryPoint)) return { completed: configuration, entryPoint }
  if (!INTERNAL.includes(entryPoint)) {
    issues.push(unknownEntryPoint(path, entryPoint, names))
    return { completed: configuration, entryPoint }
  }
  const completed = withInternalEntryPoint(configuration)
  return { completed, entryPoint: internalEntryPointOf(completed) ?? entryPoint }
}

function withApiEntryPoint(configuration: StaticConfiguration): StaticConfiguration {
  return configuration.api?.insecure ? withInternalEntryPoint(configuration) : configuration
}

/** The internal entry point that there is, if there is one. */
export function internalEntryPointOf({ entryPoints }: Pick<StaticConfiguration, 'entryPoints'>): string | undefined {
  return INTERNAL.find((name) => Object.hasOwn(entryPoints, name))
}

function withInternalEntryPoint(configuration: StaticConfiguration): StaticConfiguration {
  if (internalEntryPointOf(configuration) !== undefined) return configuration
  return { ...configuration, entryPoints: { ...configuration.entryPoints, gateway: entryPointAt(':8080') } }
}

/** Sections that make a router of the gateway's own on an entry point. */
type Publishing = 'ping' | 'api' | 'metrics'

/** Those of them that do on this one: without it they would answer nothing. */
export function publishedOn(configuration: StaticConfiguration, entryPoint: string): readonly Publishing[] {
  const { ping, api, metrics } = configuration
  const prometheus = metrics?.prometheus
  return [
    ...(ping !== undefined && !ping.manualRouting && ping.entryPoint === entryPoint ? (['ping'] as const) : []),
    ...(api?.insecure && internalEntryPointOf(configuration) === entryPoint ? (['api'] as const) : []),
    ...(prometheus !== undefined && !prometheus.manualRouting && prometheus.entryPoint === entryPoint ? (['metrics'] as const) : []),
  ]
}

function unknownEntryPoint(path: Path, name: string, names: readonly string[]): Issue {
  const suggestion = nearest(name, names)
  const said = { code: 'GTW_UNKNOWN_ENTRY_POINT', problem: `is ${quote(name)}, which is no entry point` } as const
  return makeIssue({ path, at: 'value' }, suggestion === undefined ? said : { ...said, suggestion })
}

function checkApi({ api }: StaticConfiguration, issues: Issue[]): void {
  if (api?.insecure) {
    const problem = 'shows the whole configuration to everyone who can connect'
    issues.push({ ...makeIssue({ path: ['api', 'insecure'], at: 'value' }, { code: 'GTW_INSECURE', problem }), severity: 'warning' })
  }
  if (api?.debug)
    issues.push(makeIssue({ path: ['api', 'debug'], at: 'key' }, { code: 'GTW_UNSUPPORTED', problem: 'unsupported option "debug"' }))
}

/** Labels that the numbers of requests have already. */
const TAKEN_LABELS: readonly string[] = ['code', 'method', 'protocol', 'entrypoint', 'router', 'service']

function checkHeaderLabels({ metrics }: StaticConfiguration, issues: Issue[]): void {
  for (const label of Object.keys(metrics?.prometheus?.headerLabels ?? {})) {
    const isName = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(label) && !label.startsWith('__')
    if (isName && !TAKEN_LABELS.includes(label)) continue
    const problem = isName ? `takes the label ${quote(label)}, which there is already` : `is ${quote(label)}, which cannot be a label`
    const expected = 'letters, digits and `_`, and no name that is taken'
    issues.push(
      makeIssue({ path: ['metrics', 'prometheus', 'headerLabels', label], at: 'key' }, { code: 'GTW_BAD_VALUE', problem, expected }),
    )
  }
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
