import { cp, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { systemTimers } from '../../control/timers.ts'
import { WriterLock } from '../../control/writer-lock.ts'

/** An entry of `oclif.plugins`, in the form that oclif reads. */
export type PluginEntry =
  | { readonly name: string; readonly type: 'user'; readonly tag?: string; readonly url?: string }
  | { readonly name: string; readonly type: 'link'; readonly root: string }

/** The package.json of the folder where oclif keeps plugins. */
export interface PluginManifest {
  readonly dependencies: Readonly<Record<string, string>>
  readonly oclif: { readonly plugins: readonly PluginEntry[] }
}

const PARTS = ['package.json', 'package-lock.json', 'node_modules']

/** Reads which plugins are installed and linked. */
export async function readPlugins(folder: string): Promise<PluginManifest> {
  const text = await readFile(join(folder, 'package.json'), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  const { dependencies = {}, oclif, ...rest } = JSON.parse(text) as Partial<PluginManifest>
  return {
    private: true,
    ...rest,
    dependencies,
    oclif: { schema: 1, ...oclif, plugins: (oclif?.plugins ?? []).map(entryOf) },
  } as PluginManifest
}

// Old versions of oclif wrote names.
function entryOf(entry: PluginEntry | string): PluginEntry {
  return typeof entry === 'string' ? { name: entry, type: 'user', tag: 'latest' } : entry
}

/** Writes which plugins are installed and linked. */
export async function writePlugins(folder: string, manifest: PluginManifest): Promise<void> {
  await mkdir(folder, { recursive: true })
  const file = join(folder, 'package.json')
  await writeFile(`${file}.new`, `${JSON.stringify(manifest, null, 2)}\n`)
  await rename(`${file}.new`, file)
}

/** Where plugins are kept, and who hears that another process is changing them. */
export interface PluginFolder {
  readonly folder: string
  /** Called once, with the name of the machine and the process, before it is waited for. */
  readonly onWait: (holder: string) => void
}

const RETRY_MS = 200

/** Runs an action while no other process changes the plugins: whoever comes second waits, and goes on from what the first one made. */
export async function changeAlone<Result>({ folder, onWait }: PluginFolder, change: () => Promise<Result>): Promise<Result> {
  await mkdir(dirname(folder), { recursive: true })
  const { signal } = new AbortController()
  const lock = await WriterLock.take(besideOf(folder), { timers: systemTimers, retryMs: RETRY_MS, signal, onWait })
  return change().finally(() => lock?.release())
}

/**
 * Changes the folder of plugins in a copy, which takes its place when `change` has succeeded: whatever fails, and whenever
 * npm is cut short, the plugins stay as they were.
 */
export function changePlugins<Result>(place: PluginFolder, change: (copy: string) => Promise<Result>): Promise<Result> {
  return changeAlone(place, () => changeCopy(place.folder, change))
}

// For the relative links that npm makes, everything stands beside the folder.
const besideOf = (folder: string): string => join(dirname(folder), `.${basename(folder)}-plugins`)

async function changeCopy<Result>(folder: string, change: (copy: string) => Promise<Result>): Promise<Result> {
  const copy = await mkdtemp(`${besideOf(folder)}-`)
  try {
    for (const part of PARTS) await cp(join(folder, part), join(copy, part), { recursive: true, verbatimSymlinks: true }).catch(ifThere)
    const result = await change(copy)
    await mkdir(folder, { recursive: true })
    const old = join(copy, 'old')
    await mkdir(old)
    // The list goes last: until then the old one stands.
    for (const part of PARTS.toReversed()) {
      await rename(join(folder, part), join(old, part)).catch(ifThere)
      await rename(join(copy, part), join(folder, part)).catch(ifThere)
    }
    return result
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

function ifThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error
}
