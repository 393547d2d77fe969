import { registerHooks } from 'node:module'
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** A module of a user, as plain data. */
export interface UserModule {
  readonly kind: 'middleware' | 'interceptor'
  /** Another one for each version: what it names is loaded once. */
  readonly url: string
  /** The text of a file: every thread runs what was checked, whatever becomes of the file. A package is read by each. */
  readonly source?: string
  /** Which of the interceptors that undici brings. */
  readonly member?: string
}

/** A package, and the folder of the one who names it. */
interface Named {
  readonly name: string
  /** URL of a file in the folder; undefined for what the gateway itself brings. */
  readonly from?: string
}

const PACKAGE = 'gateway-package:'

/** The URL of a package that is looked for from a file. */
export function packageUrl(named: Named): string {
  return PACKAGE + encodeURIComponent(JSON.stringify(named))
}

/** Marks the URLs of files: `?gateway=` and the digest of their text. */
const VERSION = '?gateway='

/** The URL of one version of a file. */
export function versionUrl(fileUrl: string, digest: string): string {
  return fileUrl + VERSION + digest
}

/** `gateway/middleware` means the one of this installation, whoever imports it. */
const MIDDLEWARE_API = new URL(`../../middleware-api/index${extname(import.meta.filename)}`, import.meta.url).href

/** Code that takes longer until it can be used is given up. */
const LONGEST_LOAD_MS = 5_000

type Loaded = { readonly content: unknown } | { readonly error: unknown }

/** The modules of users in one thread. */
export class UserModules {
  readonly #sources = new Map<string, string>()
  readonly #loaded = new Map<string, Loaded>()
  /** Folders of packages. */
  readonly #packages = new Set<string>()
  #hooks: ReturnType<typeof registerHooks> | undefined

  /** Loads what is not there yet and forgets what is not named; undefined where there is nothing to wait for. */
  load(modules: readonly UserModule[]): Promise<void> | undefined {
    const wanted = new Set(modules.map(({ url }) => url))
    for (const url of [...this.#loaded.keys()]) if (!wanted.has(url)) this.#loaded.delete(url)
    const missing = modules.filter(({ url }) => !this.#loaded.has(url))
    if (missing.length === 0) return undefined
    this.#hooks ??= this.#register()
    return this.#loadAll(missing)
  }

  /** What a module exports; throws what its loading has thrown. */
  get(url: string): unknown {
    const loaded = this.#loaded.get(url)
    if (loaded === undefined) throw new Error('its module was not loaded')
    if ('error' in loaded) throw loaded.error
    return loaded.content
  }

  /** Whether an error that nobody caught comes from code of users. */
  isToBlame(error: unknown): boolean {
    const stack = error instanceof Error ? error.stack : undefined
    return stack !== undefined && (stack.includes(VERSION) || [...this.#packages].some((folder) => stack.includes(folder)))
  }

  async #loadAll(modules: readonly UserModule[]): Promise<void> {
    for (const { url, source } of modules) if (source !== undefined) this.#sources.set(url, source)
    await Promise.all(modules.map(async ({ url }) => this.#loaded.set(url, await this.#loadOne(url))))
    this.#sources.clear()
  }

  async #loadOne(url: string): Promise<Loaded> {
    const { promise: late, reject } = Promise.withResolvers<never>()
    const timer = setTimeout(() => reject(new Error(`its module has not loaded in ${LONGEST_LOAD_MS / 1000} s`)), LONGEST_LOAD_MS)
    try {
      return { content: await Promise.race([import(url), late]) }
    } catch (error) {
      return { error }
    } finally {
      clearTimeout(timer)
    }
  }

  #register(): ReturnType<typeof registerHooks> {
    return registerHooks({
      resolve: (specifier, context, next) => {
        if (specifier === 'gateway/middleware') return next(MIDDLEWARE_API, context)
        if (this.#sources.has(specifier)) return { url: specifier, shortCircuit: true }
        if (!specifier.startsWith(PACKAGE)) return next(specifier, context)
        const { name, from = import.meta.url } = JSON.parse(decodeURIComponent(specifier.slice(PACKAGE.length))) as Named
        const found = next(name, { ...context, parentURL: from })
        this.#packages.add(new URL('.', found.url).href)
        if (found.url.startsWith('file:')) this.#packages.add(fileURLToPath(new URL('.', found.url)))
        return found
      },
      load: (url, context, next) => {
        const source = this.#sources.get(url)
        // A text is read as TypeScript whatever its name is: so a mistake in plain JavaScript is told with its place, too.
        return source === undefined ? next(url, context) : { format: 'module-typescript', source, shortCircuit: true }
      },
    })
  }
}
