import type { StaticConfiguration } from '../config/static.ts'
import type { Finding } from '../findings/finding.ts'
import { quote } from '../findings/show.ts'
import type { ProviderDefinition } from '../provider/definition.ts'
import { isTree } from '../schema/tree.ts'
import { aggregate, type Said } from './aggregator.ts'
import { INTERNAL, internalConfiguration } from './internal.ts'

/** A package that brings providers. */
export interface ProviderPlugin {
  readonly name: string
  readonly version?: string
  /** How it came here: `core` with the gateway, `user` installed, `link` a folder. */
  readonly type?: string
}

/** What the hook `gateway:providers` brought: its errors are swallowed into `failures`, so both halves must be read. */
export interface HookResult {
  readonly successes: readonly { readonly plugin: ProviderPlugin; readonly result: unknown }[]
  readonly failures: readonly { readonly plugin: ProviderPlugin; readonly error: Error }[]
}

export interface Discovery {
  readonly definitions: readonly ProviderDefinition[]
  readonly findings: readonly Finding[]
  /** The plugin that brings a provider, by the name of the provider. */
  readonly plugins: ReadonlyMap<string, ProviderPlugin>
  /** The plugins that brought less than they should, each with the reason. */
  readonly failures: readonly { readonly plugin: ProviderPlugin; readonly reason: string }[]
}

/** Collects the providers of all plugins; a plugin that fails is reported and takes nothing with it. */
export function discoverProviders({ successes, failures: unloadable }: HookResult): Discovery {
  const definitions = new Map<string, ProviderDefinition>()
  const plugins = new Map<string, ProviderPlugin>()
  const failures = unloadable.map(({ plugin, error }) => ({ plugin, reason: `cannot be loaded: ${error.message}` }))
  for (const { plugin, result } of successes) {
    for (const offered of listOf(result)) {
      const problem = isDefinition(offered) ? conflictOf(offered, plugins) : 'a provider needs a name, options and a function `provide`'
      if (isDefinition(offered) && problem === undefined) {
        definitions.set(offered.name, offered)
        plugins.set(offered.name, plugin)
      } else failures.push({ plugin, reason: `offers a provider that cannot be used: ${problem}` })
    }
  }
  const findings = failures.map(({ plugin, reason }) => failed(`the plugin ${quote(plugin.name)} ${reason}`))
  return { definitions: [...definitions.values()], findings, plugins, failures }
}

function failed(message: string): Finding {
  return { code: 'GTW_PROVIDER_FAILED', severity: 'error', message }
}

// A plugin answers with one definition, with several, or with nothing.
function listOf(result: unknown): readonly unknown[] {
  if (result === undefined || result === null) return []
  return Array.isArray(result) ? result : [result]
}

function isDefinition(offered: unknown): offered is ProviderDefinition {
  if (!isTree(offered)) return false
  const { name, options, provide } = offered
  return (
    typeof name === 'string' &&
    /^[a-z][\w-]*$/i.test(name) &&
    typeof provide === 'function' &&
    typeof options === 'object' &&
    options !== null
  )
}

function conflictOf({ name }: ProviderDefinition, taken: ReadonlyMap<string, ProviderPlugin>): string | undefined {
  if (name === INTERNAL) return `the name ${quote(name)} belongs to the gateway itself`
  const plugin = taken.get(name)
  return plugin && `the plugin ${quote(plugin.name)} has one named ${quote(name)} already`
}

/** A provider that the static configuration turns on, with its options. */
export interface EnabledProvider {
  readonly definition: ProviderDefinition
  readonly options: unknown
}

/** The providers that have a section in the static configuration. */
export function enabledProviders(definitions: readonly ProviderDefinition[], { providers }: StaticConfiguration): EnabledProvider[] {
  return definitions.flatMap((definition) => {
    const options = Object.hasOwn(providers, definition.name) ? providers[definition.name] : undefined
    return options === undefined ? [] : [{ definition, options }]
  })
}

/** What every enabled provider says when it is read once, for a check; one that can only be watched says nothing. */
export async function loadProviders(enabled: readonly EnabledProvider[], configuration: StaticConfiguration): Promise<Said> {
  const loaded = await Promise.all(enabled.map(async (one) => ({ provider: one.definition.name, message: await loadOnce(one) })))
  const internal = { provider: INTERNAL, message: internalConfiguration(configuration) }
  return [internal, ...loaded].reduce<Said>(aggregate, new Map())
}

async function loadOnce({ definition, options }: EnabledProvider): Promise<{ configuration: unknown; findings?: readonly Finding[] }> {
  try {
    return (await definition.load?.(options)) ?? { configuration: {} }
  } catch (error) {
    const message = `the provider ${quote(definition.name)} failed: ${(error as Error).message}`
    return { configuration: {}, findings: [failed(message)] }
  }
}
