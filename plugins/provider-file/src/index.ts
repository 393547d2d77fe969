import { isDeepStrictEqual } from 'node:util'
import { Burst, defineProvider, type ProviderContext } from 'gateway/provider'
import { type At, type Merged, merge } from './merge.ts'
import { type FileOptions, fileOptions } from './options.ts'
import { type Files, isDoubtful, isUnchanged, readFiles } from './read.ts'
import { isConfiguration, type Place, type Scan, scan } from './scan.ts'
import { FolderWatch } from './watch.ts'

/** Routing configuration from a file, or from a folder of files, followed while they change. */
export const file = defineProvider({
  name: 'file',
  options: fileOptions,
  async provide(context) {
    await new FileProvider(context).run()
  },
  async load(options) {
    const found = await scan(placeOf(options))
    return messageOf(found, merge(await readFiles(found, new Map())))
  },
})

class FileProvider {
  readonly #context: ProviderContext<FileOptions>
  readonly #place: Place
  readonly #changes = new Burst()
  #found: Scan | undefined
  #files: Files = new Map()
  #said: Pick<Merged, 'configuration' | 'findings'> | undefined
  #places: { locate: Merged['locate'] } = { locate: () => undefined }
  #forced = false

  constructor(context: ProviderContext<FileOptions>) {
    this.#context = context
    this.#place = placeOf(context.options)
  }

  async run(): Promise<void> {
    const { options, signal, onReload } = this.#context
    onReload(() => this.#reload())
    signal.addEventListener('abort', () => this.#changes.end(), { once: true })
    using watch = options.watch ? this.#watch() : undefined
    const idleMs = watch && options.pollInterval > 0 ? options.pollInterval : undefined
    using _changes = this.#changes
    for (let isTold = true; !signal.aborted; isTold = await this.#changes.next({ idleMs })) {
      const found = await scan(this.#place)
      if (watch?.follow(found.folders) || (!isTold && this.#differs(found))) this.#changes.add()
      if (isTold) await this.#read(found)
    }
  }

  #reload(): void {
    this.#forced = true
    this.#changes.end()
  }

  #watch(): FolderWatch {
    const { log } = this.#context
    let told = false
    const onFailure = (folder: string, error: Error): void => {
      if (!told) log.warn('a folder cannot be watched; changes are found by polling', { folder, error: error.message })
      told = true
    }
    return new FolderWatch(() => this.#changes.add(), onFailure)
  }

  #differs(found: Scan): boolean {
    return !isUnchanged(found, this.#files) || !isDeepStrictEqual(found.findings, this.#found?.findings)
  }

  async #read(found: Scan): Promise<void> {
    const forced = this.#forced
    this.#forced = false
    this.#files = await readFiles(found, this.#files, { force: forced })
    this.#found = found
    if (this.#context.signal.aborted) return
    if ([...this.#files.values()].some(isDoubtful)) this.#changes.add()
    this.#say(found)
  }

  /** Emits what the files say together, unless it was said before. */
  #say(found: Scan): void {
    const { configuration, findings, locate } = messageOf(found, merge(this.#files))
    // Lines may move where nothing else changes: the message that is in force then finds the new places.
    this.#places.locate = locate
    if (isDeepStrictEqual({ configuration, findings }, this.#said)) return
    const places = { locate }
    this.#places = places
    this.#said = { configuration, findings }
    this.#context.log.debug('files were read', { files: this.#files.size, findings: findings.length })
    this.#context.emit({ configuration, findings, locate: (path, at?: At) => places.locate(path, at) })
  }
}

function messageOf({ findings }: Scan, merged: Merged): Merged {
  return { configuration: merged.configuration, findings: [...findings, ...merged.findings], locate: merged.locate }
}

function placeOf({ directory, filename }: FileOptions): Place {
  if (directory) return { kind: 'folder', path: directory }
  if (!filename) throw new Error('the file provider needs an option: set `directory` or `filename`')
  if (isConfiguration(filename)) return { kind: 'file', path: filename }
  throw new Error(`the file provider cannot read "${filename}": the extension must be .yml, .yaml, .toml or .json`)
}
