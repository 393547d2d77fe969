import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { nearest } from '../../findings/suggest.ts'
import { packageUrl, type UserModule, versionUrl } from '../../middlewares/custom/user-modules.ts'
import type { CustomOptions } from '../../middlewares/custom.ts'

/** The module that options name, or why there is none. */
export type Found =
  | { readonly module: UserModule; readonly file?: string }
  | { readonly key: 'file' | 'package' | 'interceptor'; readonly problem: string; readonly file?: string; readonly suggestion?: string }

const EXTENSIONS: readonly string[] = ['.ts', '.mts', '.js', '.mjs']

/** Those that undici brings; `dns` and `cache` would choose servers and answers in the place of the router. */
const OF_UNDICI: readonly string[] = ['decompress', 'deduplicate', 'dump', 'redirect', 'responseError', 'retry']

const PACKAGE_NAME = /^(?:@[\w.-]+\/)?[\w-][\w.-]*(?:\/[\w./-]+)?$/

/** Finds the module that options name; `folder` is that of the file where they stand. */
export function moduleOf({ file, package: name, interceptor }: CustomOptions, folder: string): Found {
  if (file !== undefined) return fileModule({ path: resolve(folder, file), key: 'file', kind: 'middleware' })
  if (name !== undefined) return packageModule({ name, key: 'package', kind: 'middleware' }, folder)
  const wanted = interceptor ?? ''
  if (OF_UNDICI.includes(wanted)) return { module: { kind: 'interceptor', url: packageUrl({ name: 'undici' }), member: wanted } }
  if (/^(?:\.{0,2}\/|[a-z]:\\)/i.test(wanted)) return fileModule({ path: resolve(folder, wanted), key: 'interceptor', kind: 'interceptor' })
  return packageModule({ name: wanted, key: 'interceptor', kind: 'interceptor' }, folder)
}

interface Wanted {
  readonly key: 'file' | 'package' | 'interceptor'
  readonly kind: UserModule['kind']
}

function fileModule({ path, key, kind }: Wanted & { readonly path: string }): Found {
  if (!EXTENSIONS.includes(extname(path)))
    return { key, problem: `is not the name of a module: it should end with ${EXTENSIONS.join(', ')}` }
  try {
    const source = readFileSync(path, 'utf8')
    const digest = createHash('sha256').update(source).digest('hex').slice(0, 16)
    return { module: { kind, url: versionUrl(pathToFileURL(path).href, digest), source }, file: path }
  } catch (error) {
    return { key, problem: `names a file that cannot be read (${(error as NodeJS.ErrnoException).code})`, file: path }
  }
}

function packageModule({ name, key, kind }: Wanted & { readonly name: string }, folder: string): Found {
  const from = join(folder, 'gateway.yml')
  if (!PACKAGE_NAME.test(name)) return { key, problem: 'is not the name of a package' }
  if (isInstalled(name, from)) return { module: { kind, url: packageUrl({ name, from: pathToFileURL(from).href }) } }
  const suggestion = key === 'interceptor' ? nearest(name, OF_UNDICI) : undefined
  return {
    key,
    problem: `names a package that is not installed in ${dirname(from)} or above it`,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}

function isInstalled(name: string, from: string): boolean {
  const [first = '', second = ''] = name.split('/')
  const folder = first.startsWith('@') ? `${first}/${second}` : first
  return (createRequire(from).resolve.paths(folder) ?? []).some((place) => {
    try {
      readFileSync(join(place, folder, 'package.json'))
      return true
    } catch {
      return false
    }
  })
}
