import type { BigIntStats, Dirent } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve, sep } from 'node:path'
import type { Finding } from 'gateway/provider'
import { unreadable } from './unreadable.ts'

/** A folder to watch. */
export interface Folder {
  /** Changes when another folder stands at the same path. */
  readonly identity: string
  /** The only entry of the folder that matters. */
  readonly only?: string
}

/** What stands where the options point, before anything is opened. */
export interface Scan {
  /** Configuration files in path order, each with what tells one version from the next. */
  readonly files: ReadonlyMap<string, string>
  readonly folders: ReadonlyMap<string, Folder>
  /** Folders, or the one file, that could not be looked into: what was read there before stays. */
  readonly lost: readonly string[]
  readonly findings: readonly Finding[]
}

/** What the options point at. */
export interface Place {
  readonly kind: 'file' | 'folder'
  readonly path: string
}

const EXTENSIONS: ReadonlySet<string> = new Set(['.yml', '.yaml', '.toml', '.json'])

// A write shortly after the last look can leave time and size as they were: such a file is not yet to be trusted.
const SETTLED_MS = 2000
const FRESH = ':fresh'

/** Says whether the extension is one of a configuration file. */
export function isConfiguration(path: string): boolean {
  return EXTENSIONS.has(extname(path).toLowerCase())
}

/** Lists the files and folders of a place. */
export async function scan(place: Place): Promise<Scan> {
  const found = new Finder()
  if (place.kind === 'file') await found.file(place.path)
  else await found.root(place.path)
  return found
}

/** Compares paths folder by folder: a folder's files stand where its name stands among its siblings. */
export function comparePaths(left: string, right: string): number {
  const rights = right.split(sep)
  for (const [index, name] of left.split(sep).entries()) {
    const other = rights[index]
    if (other === undefined) return 1
    if (name !== other) return name < other ? -1 : 1
  }
  return left.length - right.length
}

class Finder implements Scan {
  readonly files = new Map<string, string>()
  readonly folders = new Map<string, Folder>()
  readonly lost: string[] = []
  readonly findings: Finding[] = []
  readonly #seen = new Set<string>()
  #inside = ''

  async file(path: string): Promise<void> {
    await this.#above(dirname(resolve(path)))
    try {
      this.files.set(path, identityOf(await stat(path, { bigint: true })))
    } catch (error) {
      this.#lose(path, error)
    }
  }

  async root(path: string): Promise<void> {
    await this.#above(resolve(path))
    try {
      this.#inside = await realpath(path)
    } catch (error) {
      return this.#lose(path, error)
    }
    await this.#walk(path, this.#inside)
  }

  /** Adds a folder and the nearest folder above it, where its removal and its return show. */
  async #above(path: string): Promise<void> {
    await this.#folder(path)
    for (let child = path, parent = dirname(path); parent !== child; child = parent, parent = dirname(child)) {
      if (await this.#folder(parent, basename(child))) return
    }
  }

  async #folder(path: string, only?: string): Promise<boolean> {
    const stats = await stat(path, { bigint: true }).catch(() => undefined)
    if (!stats?.isDirectory()) return false
    this.folders.set(path, { identity: `${stats.dev}:${stats.ino}`, ...(only !== undefined && { only }) })
    return true
  }

  async #walk(path: string, real: string): Promise<void> {
    if (this.#seen.has(real)) return
    this.#seen.add(real)
    try {
      await this.#folder(resolve(path))
      const entries = (await readdir(path, { withFileTypes: true })).filter(({ name }) => !name.startsWith('.'))
      entries.sort((left, right) => (left.name < right.name ? -1 : 1))
      for (const entry of entries) await this.#entry(join(path, entry.name), join(real, entry.name), entry)
    } catch (error) {
      this.#lose(path, error)
    }
  }

  async #entry(path: string, place: string, entry: Dirent): Promise<void> {
    if (!isConfiguration(path) && entry.isFile()) return
    let real = place
    let stats: BigIntStats
    try {
      if (entry.isSymbolicLink()) real = await realpath(path)
      stats = await stat(real, { bigint: true })
    } catch {
      // A link that leads nowhere is listed: reading it says why, and keeps what it held.
      if (isConfiguration(path)) this.files.set(path, 'missing')
      return
    }
    if (stats.isDirectory()) {
      // A linked folder counts only inside the tree, as Kubernetes lays out volumes: no link opens the rest of the disk.
      if (real.startsWith(this.#inside + sep)) await this.#walk(path, real)
    } else if (isConfiguration(path) && !this.#seen.has(real)) {
      this.#seen.add(real)
      this.files.set(path, identityOf(stats))
    }
  }

  #lose(path: string, error: unknown): void {
    this.lost.push(path)
    this.findings.push(unreadable(path, error))
  }
}

function identityOf(stats: BigIntStats): string {
  const changed = stats.ctimeNs > stats.mtimeNs ? stats.ctimeMs : stats.mtimeMs
  const fresh = Date.now() - Number(changed) < SETTLED_MS
  return `${stats.dev}:${stats.ino}:${stats.size}:${stats.mtimeNs}:${stats.ctimeNs}${fresh ? FRESH : ''}`
}

/** Says whether equal identities mean equal content. */
export function isSettled(identity: string): boolean {
  return !identity.endsWith(FRESH)
}
