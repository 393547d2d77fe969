import type { Log } from '../../log.ts'
import { AtomicFile } from './atomic-file.ts'
import { readStored, type StoredResolver, writeStored } from './stored.ts'

const NOTHING: StoredResolver = { certificates: [] }

/** The file with accounts and certificates; several resolvers may share one. */
export class Storage {
  readonly #file: AtomicFile
  readonly #log: Log
  #resolvers: Map<string, StoredResolver> | undefined
  #loading: Promise<Map<string, StoredResolver>> | undefined

  constructor(path: string, log: Log) {
    this.#file = new AtomicFile(path)
    this.#log = log
  }

  get path(): string {
    return this.#file.path
  }

  /** What is known of a resolver; once `load` is done. */
  of(resolver: string): StoredResolver {
    return this.#resolvers?.get(resolver) ?? NOTHING
  }

  /** Reads the file, once; a file that was cut short is made good by the copy beside it. */
  async load(): Promise<void> {
    this.#loading ??= this.#load()
    this.#resolvers = await this.#loading
  }

  /** Replaces what is known of one resolver; resolves when it is on the disk. */
  async update(resolver: string, change: (stored: StoredResolver) => StoredResolver): Promise<void> {
    const resolvers = this.#resolvers ?? new Map<string, StoredResolver>()
    this.#resolvers = resolvers
    resolvers.set(resolver, change(this.of(resolver)))
    await this.#file.write(writeStored(resolvers))
  }

  async #load(): Promise<Map<string, StoredResolver>> {
    const text = await this.#file.read()
    try {
      return new Map(readStored(text, this.path))
    } catch (error) {
      const previous = await this.#file.readPrevious()
      if (previous === '') throw error
      const resolvers = new Map(readStored(previous, `${this.path}.previous`))
      this.#log.warn('the storage of certificates is damaged, and what was there before is used', { file: this.path })
      return resolvers
    }
  }
}
