import { staticConfiguration } from '../config/static.ts'
import type { ProviderPlugin } from '../control/providers.ts'
import type { Finding } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { quote } from '../findings/show.ts'
import { redact, toPlain } from '../schema/index.ts'
import { isTree } from '../schema/tree.ts'
import type { Loaded } from './configuration-command.ts'
import { leavesOf } from './dump.ts'
import { provenanceOf } from './provenance.ts'

/** What can be known of a provider while the gateway does not run. */
export type ProviderStanding = 'configured' | 'not configured' | 'disabled' | 'not installed' | 'failed' | 'unknown'

/** An option that somebody has set. */
export interface SetOption {
  readonly value: unknown
  /** Where it was set, and what that overrides. */
  readonly source: string
}

/** A provider that is there, or that the configuration asks for; or a plugin that brought none. */
export interface ProviderRow {
  readonly provider?: string
  readonly plugin?: string
  readonly version?: string
  readonly installed?: 'bundled' | 'installed' | 'linked'
  readonly state: ProviderStanding
  /** Why it is not at work. */
  readonly reason?: string
  /** What is set in its section, by the path within it; secrets are masked. */
  readonly options: Readonly<Record<string, SetOption>>
}

/** All providers that there are by name, then those that are missing, then the plugins that failed. */
export async function providerRows(loaded: Loaded): Promise<ProviderRow[]> {
  const { definitions, discovery } = loaded
  const options = await optionsOf(loaded)
  const installed = definitions.map(({ name }) => ({
    provider: name,
    ...pluginOf(discovery.plugins.get(name)),
    ...standingOf(loaded, name),
    options: options.get(name) ?? {},
  }))
  const names = new Set(definitions.map(({ name }) => name.toLowerCase()))
  const missing = loaded.static.findings.flatMap((finding) => missingRow(finding, names))
  const failed = discovery.failures.map(({ plugin, reason }) => ({ ...pluginOf(plugin), state: 'failed', reason, options: {} }) as const)
  return [...installed.sort((a, b) => (a.provider < b.provider ? -1 : 1)), ...missing, ...failed]
}

const INSTALLED = { core: 'bundled', user: 'installed', link: 'linked' } as const

function pluginOf(plugin: ProviderPlugin | undefined): Pick<ProviderRow, 'plugin' | 'version' | 'installed'> {
  if (plugin === undefined) return {}
  const { name, version, type = '' } = plugin
  const installed = Object.hasOwn(INSTALLED, type) ? INSTALLED[type as keyof typeof INSTALLED] : undefined
  return { plugin: name, ...(version === undefined ? {} : { version }), ...(installed === undefined ? {} : { installed }) }
}

function standingOf({ static: { configuration, fatal, findings } }: Loaded, name: string): Pick<ProviderRow, 'state' | 'reason'> {
  if (fatal) return { state: 'unknown', reason: 'the static configuration cannot be read' }
  const place = `providers.${name}`.toLowerCase()
  const reason = findings.find(({ severity, path = '' }) => severity === 'error' && isWithin(place, path.toLowerCase()))
  if (reason !== undefined) return { state: 'disabled', reason: sentence(reason) }
  const { providers } = configuration
  return { state: Object.hasOwn(providers, name) && providers[name] !== undefined ? 'configured' : 'not configured' }
}

function isWithin(place: string, path: string): boolean {
  return path === place || path.startsWith(`${place}.`) || path.startsWith(`${place}[`)
}

// A section that nobody answers for: its provider is not installed, or its name is misspelt.
function missingRow(finding: Finding, installed: ReadonlySet<string>): ProviderRow[] {
  const [root = '', provider = '', ...below] = (finding.path ?? '').split('.')
  if (root.toLowerCase() !== 'providers' || provider === '' || below.length > 0 || installed.has(provider.toLowerCase())) return []
  if (finding.code !== 'GTW_UNKNOWN_PROVIDER' && finding.code !== 'GTW_UNKNOWN_KEY') return []
  return [{ provider, state: 'not installed', reason: sentence(finding), options: {} }]
}

function sentence({ message, suggestion, hint }: Finding): string {
  const meant = suggestion === undefined ? undefined : `did you mean ${quote(suggestion)}?`
  return [message, meant, hint].filter((part) => part !== undefined).join('; ')
}

async function optionsOf(loaded: Loaded): Promise<ReadonlyMap<string, ProviderRow['options']>> {
  const { configuration } = loaded.static
  const schema = staticConfiguration(loaded.definitions)
  const { providers } = toPlain(schema, redact(schema, configuration)) as { readonly providers: Readonly<Record<string, unknown>> }
  const provenance = await provenanceOf(loaded.static, new Map(), loaded.options)
  const sections = loaded.definitions.map(({ name }): [string, ProviderRow['options']] => {
    const path = ['static', 'providers', name]
    const value = Object.hasOwn(providers, name) ? providers[name] : undefined
    if (!isTree(value)) return [name, {}]
    const set = [...leavesOf({ path, value })].map((leaf) => ({ ...leaf, source: provenance(leaf.path) }))
    const written = set.filter(({ path: leaf, source }) => leaf.length > path.length && source !== 'default')
    return [name, Object.fromEntries(written.map((one) => [dotted(one.path.slice(path.length)), { value: one.value, source: one.source }]))]
  })
  return new Map(sections)
}
