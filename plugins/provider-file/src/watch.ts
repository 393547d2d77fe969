import { type FSWatcher, watch } from 'node:fs'
import { basename } from 'node:path'
import type { Folder } from './scan.ts'

interface Watched {
  readonly identity: string
  readonly watcher: FSWatcher
}

/** Follows a changing set of folders by the system's file events. */
export class FolderWatch implements Disposable {
  readonly #watched = new Map<string, Watched>()
  readonly #onChange: () => void
  readonly #onFailure: (folder: string, error: Error) => void

  constructor(onChange: () => void, onFailure: (folder: string, error: Error) => void) {
    this.#onChange = onChange
    this.#onFailure = onFailure
  }

  /** Watches these folders and no others; true when one is new, so that it may have changed before it was watched. */
  follow(folders: ReadonlyMap<string, Folder>): boolean {
    for (const [path, { identity }] of this.#watched) if (folders.get(path)?.identity !== identity) this.#drop(path)
    const news = [...folders].filter(([path]) => !this.#watched.has(path))
    return news.map(([path, folder]) => this.#watch(path, folder)).includes(true)
  }

  [Symbol.dispose](): void {
    for (const path of this.#watched.keys()) this.#drop(path)
  }

  #watch(path: string, { identity, only }: Folder): boolean {
    try {
      const watcher = watch(path, (_event, name) => this.#hear(path, name, only))
      watcher.on('error', (error) => this.#fail(path, error))
      this.#watched.set(path, { identity, watcher })
      return true
    } catch (error) {
      this.#fail(path, error as Error)
      return false
    }
  }

  #hear(path: string, name: string | null, only: string | undefined): void {
    // A folder that goes away names itself. Its successor may get the same inode number, so the identity would not tell.
    const moved = name === null || name === basename(path)
    if (moved) this.#drop(path)
    if (moved || only === undefined || only === name) this.#onChange()
  }

  #fail(path: string, error: Error): void {
    this.#drop(path)
    this.#onFailure(path, error)
  }

  #drop(path: string): void {
    this.#watched.get(path)?.watcher.close()
    this.#watched.delete(path)
  }
}

// Writers need a moment between their first byte and their last; a folder that never rests is read all the same.
const QUIET_MS = 100
const LONGEST_MS = 1000

// Node fires timers beyond this at once.
const LONGEST_TIMER_MS = 2 ** 31 - 1

/** Wakes the one who waits: at once, or when changes have been quiet for a moment. */
export class Alarm {
  #timer: NodeJS.Timeout | undefined
  #firstAt: number | undefined
  #rung = false
  #wake: (() => void) | undefined

  /** Rings after a quiet moment. */
  soon(): void {
    const now = performance.now()
    this.#firstAt ??= now
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.now(), Math.min(QUIET_MS, Math.max(0, this.#firstAt + LONGEST_MS - now)))
  }

  /** Rings at once. */
  now(): void {
    this.#rung = true
    this.#wake?.()
  }

  /** Waits for the next ring, at most so long (0: without end); false when the time passed without one. */
  async next(idleMs: number): Promise<boolean> {
    if (!this.#rung) await this.#rest(idleMs)
    const rung = this.#rung
    if (rung) this.stop()
    return rung
  }

  /** Forgets what was about to ring. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#firstAt = undefined
    this.#rung = false
  }

  async #rest(idleMs: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    // Who is about to ring anyway must not be put off by one more look.
    const idle = idleMs > 0 && this.#firstAt === undefined ? setTimeout(resolve, Math.min(idleMs, LONGEST_TIMER_MS)) : undefined
    this.#wake = resolve
    await promise
    this.#wake = undefined
    clearTimeout(idle)
  }
}
