import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Editors write a file in several steps. */
const QUIET_MS = 50

/** For file systems that tell nothing. */
const POLL_MS = 5_000

/** Tells when one of some files changes: by the events of their folders, and by looking now and then. */
export class FileWatch {
  readonly #onChange: () => void
  readonly #folders = new Map<string, FSWatcher>()
  #files: ReadonlyMap<string, string> = new Map()
  #poll: NodeJS.Timeout | undefined
  #soon: NodeJS.Timeout | undefined

  constructor(onChange: () => void) {
    this.#onChange = onChange
  }

  /** Watches these files and no others; true where one is new. */
  follow(files: ReadonlySet<string>): boolean {
    const hasNew = [...files].some((file) => !this.#files.has(file))
    this.#files = new Map([...files].map((file) => [file, stampOf(file)]))
    const folders = new Set([...files].map((file) => dirname(file)))
    for (const [folder, watcher] of this.#folders) if (!folders.has(folder)) this.#drop(folder, watcher)
    for (const folder of folders) if (!this.#folders.has(folder)) this.#watch(folder)
    if (files.size === 0) this.#rest()
    else this.#poll ??= setInterval(() => this.#look(), POLL_MS).unref()
    return hasNew
  }

  close(): void {
    this.follow(new Set())
  }

  #watch(folder: string): void {
    try {
      const watcher = watch(folder, { persistent: false }, (_event, name) => this.#hear(folder, name))
      watcher.on('error', () => this.#drop(folder, watcher))
      this.#folders.set(folder, watcher)
    } catch {
      // Looking now and then finds what changes there.
    }
  }

  #drop(folder: string, watcher: FSWatcher): void {
    watcher.close()
    this.#folders.delete(folder)
  }

  #hear(folder: string, name: string | null): void {
    const isOurs = [...this.#files.keys()].some((file) => dirname(file) === folder && (name === null || basename(file) === name))
    if (isOurs) this.#tell()
  }

  #look(): void {
    for (const [file, stamp] of this.#files) if (stampOf(file) !== stamp) this.#tell()
  }

  #tell(): void {
    clearTimeout(this.#soon)
    this.#soon = setTimeout(this.#onChange, QUIET_MS)
  }

  #rest(): void {
    clearInterval(this.#poll)
    clearTimeout(this.#soon)
    this.#poll = undefined
  }
}

/** Changes when a file does; '' where there is none that can be looked at. */
export function stampOf(file: string): string {
  try {
    const stats = statSync(file, { throwIfNoEntry: false })
    return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeMs}`
  } catch {
    return ''
  }
}
