import type { Config } from '@oclif/core'
import { discoverProviders } from '../../control/providers.ts'
import { escapeControls } from '../../findings/escape-controls.ts'
import type { Paint } from '../paint.ts'
import { alignedRows } from '../table.ts'
import { readPlugins } from './plugin-folder.ts'

/** A plugin, and what it brings. */
export interface PluginRow {
  readonly name: string
  readonly version?: string
  readonly from: 'bundled' | 'installed' | 'linked'
  /** Its folder. */
  readonly root?: string
  readonly providers: readonly string[]
  /** Why it does not bring what it should. */
  readonly failure?: string
}

const FROM = { core: 'bundled', user: 'installed', link: 'linked' } as const

/** The bundled plugins that bring providers, and all that were installed or linked, whether they can be loaded or not. */
export async function pluginRows(config: Config): Promise<PluginRow[]> {
  const discovery = discoverProviders(await config.runHook('gateway:providers', {}, undefined, true))
  const broughtBy = (plugin: string): string[] =>
    [...discovery.plugins].flatMap(([provider, { name }]) => (name === plugin ? [provider] : []))
  const failures = new Map(discovery.failures.map(({ plugin, reason }) => [plugin.name, reason]))
  const there = config.getPluginsList().flatMap(({ name, version, type, root }): PluginRow[] => {
    const from = Object.hasOwn(FROM, type) ? FROM[type as keyof typeof FROM] : undefined
    const providers = broughtBy(name)
    const failure = failures.get(name)
    if (from === undefined || (from === 'bundled' && providers.length === 0 && failure === undefined)) return []
    return [{ name, version, from, root, providers, ...(failure === undefined ? {} : { failure }) }]
  })
  return [...there, ...(await missingPlugins(config))].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Plugins that were installed or linked and are not where they were. */
export async function missingPlugins(config: Config): Promise<PluginRow[]> {
  const names = new Set(config.getPluginsList().map(({ name }) => name))
  const { oclif } = await readPlugins(config.dataDir)
  return oclif.plugins
    .filter(({ name }) => !names.has(name))
    .map((entry): PluginRow => {
      const from = entry.type === 'link' ? ({ from: 'linked', root: entry.root } as const) : ({ from: 'installed' } as const)
      return { name: entry.name, ...from, providers: [], failure: 'is not there any more' }
    })
}

/** Plugins as a person reads them. */
export function pluginsTable(rows: readonly PluginRow[], paint: Paint): string {
  const cells = rows.map(({ name, version = '-', from, providers, root }) => {
    const shown = [name, version, from, providers.join(', ') || '-', from === 'linked' ? (root ?? '') : '']
    return shown.map((cell) => escapeControls(cell))
  })
  const [head = '', ...lines] = alignedRows([['PLUGIN', 'VERSION', 'FROM', 'PROVIDERS', ''], ...cells])
  const body = rows.flatMap(({ failure }, index) => {
    const line = lines[index] ?? ''
    return failure === undefined ? [line] : [paint('red', line), `  ${escapeControls(failure)}`]
  })
  return [paint('bold', head), ...body].join('\n')
}
