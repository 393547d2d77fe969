import type { Script } from 'node:vm'

// An import of `node:fs` would make Node.js load everything that it could export.
const { existsSync, readFileSync, writeFileSync } = process.getBuiltinModule('node:fs')
const vm = process.getBuiltinModule('node:vm')

type Exports = Readonly<Record<string, unknown>>

/** Loads a script with its kept code, or as Node.js does it where there is none for this Node.js. */
export function loadWithCode(folder: string, name: string): Exports {
  const kept = new KeptCode(folder)
  const exports = kept.load(name)
  if (kept.isComplete) return exports
  const { createRequire, enableCompileCache } = process.getBuiltinModule('node:module')
  enableCompileCache()
  return createRequire(`${folder}/`)(`./${name}`)
}

/**
 * The scripts of a folder, with the code that V8 made of them while they were tried at build time. A process that lives for
 * some milliseconds spends most of them compiling, and the cache of Node.js leaves out every function that is called later.
 * Scripts and code come from one build: of a source, V8 compares no more than the length.
 */
export class KeptCode {
  /** Whether there was code for every script so far, made by a Node.js like this one. */
  isComplete = true
  readonly #folder: string
  readonly #loaded = new Map<string, { readonly script: Script; readonly exports: Exports }>()

  constructor(folder: string) {
    this.#folder = folder
  }

  /** Loads a script and what it requires. */
  load(name: string): Exports {
    const known = this.#loaded.get(name)
    if (known !== undefined) return known.exports
    const script = this.#compile(name)
    const exports = {}
    this.#loaded.set(name, { script, exports })
    script.runInThisContext()(exports, (id: string) => (id.startsWith('./') ? this.load(id.slice(2)) : process.getBuiltinModule(id)))
    return exports
  }

  /** Writes down the code of all functions that have been called so far. */
  keep(): void {
    for (const [name, { script }] of this.#loaded) writeFileSync(this.#codeOf(name), script.createCachedData())
  }

  #compile(name: string): Script {
    const file = `${this.#folder}/${name}`
    const source = `(function (exports, require) {${readFileSync(file, 'latin1')}\n})`
    const kept = this.#codeOf(name)
    const code = existsSync(kept) ? { cachedData: readFileSync(kept) } : {}
    const script = new vm.Script(source, { filename: file, ...code })
    this.isComplete &&= script.cachedDataRejected === false
    return script
  }

  // V8 refuses the code of another version by itself; that of another machine it might not know from its own.
  #codeOf(name: string): string {
    return `${this.#folder}/${name}.${process.version}-${process.platform}-${process.arch}.code`
  }
}
