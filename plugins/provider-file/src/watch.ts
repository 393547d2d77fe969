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
