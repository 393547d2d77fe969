import { existsSync } from 'node:fs'
import { isAbsolute, relative, resolve } from 'node:path'

/** Where a plugin is to come from. */
export type PluginSource =
  | { readonly kind: 'registry'; readonly name: string; readonly range: string; readonly spec: string }
  /** A tarball or a folder; `spec` names it from anywhere. */
  | { readonly kind: 'path'; readonly path: string; readonly spec: string }
  /** A repository or a tarball elsewhere. */
  | { readonly kind: 'url'; readonly spec: string }

const PACKAGE = /^(?<name>(?:@[a-z\d~-][\w.~-]*\/)?[a-z\d~-][\w.~-]*)(?:@(?<range>[^/]+))?$/i
const PATH = /^(?:file:|\.{1,2}(?:\/|$)|~\/)|\.(?:tgz|tar|tar\.gz)$/i

/** Reads what a user calls a plugin: a file that exists is meant before a package of the same name. */
export function pluginSource(written: string, cwd: string): PluginSource {
  const isUrl = /^[a-z][a-z\d+.-]+:/i.test(written) && !written.startsWith('file:')
  if (!isUrl && (PATH.test(written) || isAbsolute(written) || (written.includes('/') && existsSync(resolve(cwd, written))))) {
    const path = resolve(cwd, written.replace(/^file:(?:\/\/)?/, ''))
    return { kind: 'path', path, spec: `file:${path}` }
  }
  const { name, range = 'latest' } = PACKAGE.exec(written)?.groups ?? {}
  return name === undefined ? { kind: 'url', spec: written } : { kind: 'registry', name, range, spec: `${name}@${range}` }
}

/** The dependency that npm made of a source: the one that changed, or, installed anew, the one that was there. */
export function dependencyOf(
  source: PluginSource,
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
  folder: string,
): string | undefined {
  if (source.kind === 'registry') return Object.hasOwn(after, source.name) ? source.name : undefined
  const names = Object.keys(after)
  const changed = names.find((name) => after[name] !== before[name])
  if (changed !== undefined || source.kind === 'url') return changed ?? names.find((name) => after[name] === source.spec)
  const isIt = (spec = ''): boolean => spec.startsWith('file:') && relative(resolve(folder, spec.slice('file:'.length)), source.path) === ''
  return names.find((name) => isIt(after[name]))
}
