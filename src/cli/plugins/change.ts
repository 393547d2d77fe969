import { existsSync } from 'node:fs'
import { readFile, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { maskText } from '../../findings/mask.ts'
import { CommandFailure } from '../command-failure.ts'
import { EXIT } from '../exit-codes.ts'
import { type NpmFailure, npm } from './npm.ts'
import {
  changeAlone,
  changePlugins,
  type PluginEntry,
  type PluginFolder,
  type PluginManifest,
  readPlugins,
  writePlugins,
} from './plugin-folder.ts'
import { dependencyOf, type PluginSource } from './plugin-source.ts'

/** Where plugins are kept, and where they come from. */
export interface PluginPlace extends PluginFolder {
  readonly registry?: string | undefined
}

/** A plugin as it is installed. */
export interface InstalledPlugin {
  readonly name: string
  readonly version: string
}

// A folder is copied as a tarball would be, with what it depends on; to link is another command.
const INSTALLING = ['--install-links', '--omit=dev', '--save-prod']

/** Installs plugins, all or none, and answers what they are. */
export function installPlugins(sources: readonly PluginSource[], place: PluginPlace): Promise<InstalledPlugin[]> {
  return changePlugins(place, async (copy) => {
    const installed: InstalledPlugin[] = []
    for (const source of sources) installed.push(await installInto(copy, source, place.registry))
    return installed
  })
}

async function installInto(copy: string, source: PluginSource, registry: string | undefined): Promise<InstalledPlugin> {
  if (source.kind === 'path') await checkPath(source.path)
  const before = await readPlugins(copy)
  await writePlugins(copy, before)
  if (source.kind !== 'registry')
    await forget(
      copy,
      before.oclif.plugins.filter((plugin) => plugin.type === 'user' && plugin.url === source.spec),
    )
  const failure = await npm(['install', source.spec, ...INSTALLING], { cwd: copy, registry })
  const shown = source.kind === 'path' ? source.path : source.spec
  if (failure !== undefined) throw new CommandFailure(`cannot install ${maskText(shown)}: ${reasonOf(failure)}`, EXIT.findings)
  const after = await readPlugins(copy)
  const name = dependencyOf(source, before.dependencies, after.dependencies, copy)
  if (name === undefined) throw new CommandFailure(`cannot install ${maskText(shown)}: npm does not tell what it is`, EXIT.findings)
  const { version } = await pluginPackage(join(copy, 'node_modules', name), maskText(shown))
  await writePlugins(copy, withEntry(after, entryOf(name, source)))
  return { name, version }
}

// npm takes what it has once read from a place for what is there now.
async function forget(copy: string, plugins: readonly PluginEntry[]): Promise<void> {
  if (plugins.length === 0) return
  const locks = ['package-lock.json', 'node_modules/.package-lock.json']
  const gone = [...locks, ...plugins.map(({ name }) => join('node_modules', name))]
  await Promise.all(gone.map((part) => rm(join(copy, part), { recursive: true, force: true })))
}

async function checkPath(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) throw new CommandFailure(`cannot install ${path}: there is no such file or folder`, EXIT.findings)
  if (found.isDirectory()) await pluginPackage(path, path)
}

function entryOf(name: string, source: PluginSource): PluginEntry {
  return source.kind === 'registry' ? { name, type: 'user', tag: source.range } : { name, type: 'user', url: source.spec }
}

function withEntry(manifest: PluginManifest, entry: PluginEntry): PluginManifest {
  const others = manifest.oclif.plugins.filter(({ name }) => name !== entry.name)
  return { ...manifest, oclif: { ...manifest.oclif, plugins: [...others, entry] } }
}

interface PluginPackage extends InstalledPlugin {
  readonly oclif: object
  readonly dependencies?: object
  readonly devDependencies?: object
}

/** Reads the package.json of a plugin; throws where it is none. */
async function pluginPackage(folder: string, shown: string): Promise<PluginPackage> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch(() => undefined)
  if (text === undefined) throw new CommandFailure(`${shown} is no plugin: it has no package.json`, EXIT.findings)
  const { name, version = '0.0.0', oclif, ...rest } = JSON.parse(text) as Partial<PluginPackage>
  if (name === undefined || oclif === undefined) {
    const lacking = name === undefined ? 'name' : 'section "oclif"'
    throw new CommandFailure(`${shown} is no plugin: its package.json has no ${lacking}`, EXIT.findings)
  }
  return { ...rest, name, version, oclif }
}

/** Links a folder in the place of an installed package. Its dependencies are installed where it has some that are not there, or as told. */
export async function linkPlugin(root: string, place: PluginPlace, install?: boolean): Promise<InstalledPlugin> {
  const { name, version, dependencies = {}, devDependencies = {} } = await pluginPackage(root, root)
  const lacks = Object.keys({ ...dependencies, ...devDependencies }).some((wanted) => !existsSync(join(root, 'node_modules', wanted)))
  if (install ?? lacks) {
    const failure = await npm(['install'], { cwd: root, registry: place.registry })
    const hint = '`npm install` there tells more, and with --no-install the folder is linked as it is'
    if (failure !== undefined) throw new CommandFailure(`cannot link ${root}: ${reasonOf(failure)}; ${hint}`, EXIT.findings)
  }
  await changeAlone(place, async () => {
    await writePlugins(place.folder, withEntry(await readPlugins(place.folder), { name, type: 'link', root }))
  })
  return { name, version }
}

/** Removes plugins and unlinks folders, all or none. */
export function uninstallPlugins(names: readonly string[], place: PluginPlace): Promise<void> {
  const { registry } = place
  return changePlugins(place, async (copy) => {
    const { dependencies } = await readPlugins(copy)
    const packages = names.filter((name) => Object.hasOwn(dependencies, name))
    const failure = packages.length === 0 ? undefined : await npm(['uninstall', ...packages, ...INSTALLING], { cwd: copy, registry })
    if (failure !== undefined) {
      throw new CommandFailure(`cannot uninstall ${packages.join(', ')}: ${reasonOf(failure)}`, EXIT.findings)
    }
    const { oclif, ...rest } = await readPlugins(copy)
    const plugins = oclif.plugins.filter(({ name }) => !names.includes(name))
    await writePlugins(copy, { ...rest, oclif: { ...oclif, plugins } })
  })
}

/** Brings installed plugins up to date, each within what was asked for; answers what they are then. */
export function updatePlugins(place: PluginPlace): Promise<InstalledPlugin[]> {
  return changePlugins(place, async (copy) => {
    const { oclif } = await readPlugins(copy)
    const installed = oclif.plugins.filter((plugin) => plugin.type === 'user')
    if (installed.length === 0) return []
    await forget(
      copy,
      installed.filter(({ url }) => url !== undefined),
    )
    const failure = await npm(['install', ...installed.map(specOf), '--prefer-online', ...INSTALLING], {
      cwd: copy,
      registry: place.registry,
    })
    if (failure !== undefined) throw new CommandFailure(`cannot update the plugins: ${reasonOf(failure)}`, EXIT.findings)
    const updated = await Promise.all(installed.map(({ name }) => pluginPackage(join(copy, 'node_modules', name), name)))
    return updated.map(({ name, version }) => ({ name, version }))
  })
}

function specOf({ name, url, tag = 'latest' }: PluginEntry & { readonly type: 'user' }): string {
  return url === undefined ? `${name}@${tag}` : `${name}@${url}`
}

const UNREACHABLE: ReadonlySet<string> = new Set([
  ...['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH', 'ENOTCACHED', 'EPIPE'],
  ...['ERR_SOCKET_TIMEOUT', 'CERT_HAS_EXPIRED', 'SELF_SIGNED_CERT_IN_CHAIN', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE'],
])

function reasonOf({ code, summary }: NpmFailure): string {
  const said = maskText(summary)
  if (UNREACHABLE.has(code)) {
    return `the registry cannot be reached (${said}); a tarball or a folder whose dependencies are in it needs none`
  }
  if (code === 'E404') return `the registry has no such package (${said})`
  return said === '' ? code : `${said} (${code})`
}
