import { isDeepStrictEqual } from 'node:util'
import { dotted, type Finding, type Path, type Source } from 'gateway/provider'
import type { FileReading, Files } from './read.ts'
import { isTree, type Tree } from './tree.ts'

/** The side of an entry whose place is asked for. */
export type At = 'key' | 'value'

/** All files as one tree. */
export interface Merged {
  readonly configuration: Tree
  readonly findings: readonly Finding[]
  readonly locate: (path: Path, at?: At) => Source | undefined
}

/** Joins the files element by element (`http.routers.NAME`): of one name, the first in path order wins. */
export function merge(files: Files): Merged {
  const merger = new Merger()
  for (const file of files.values()) merger.add(file)
  return merger
}

/** Where in which file a place of the merged tree was written. */
interface Origin {
  readonly file: FileReading
  readonly path: Path
}

/** A value of one file, on its way to a path of the merged tree. */
interface Incoming {
  readonly value: unknown
  readonly path: Path
  readonly from: Origin
}

/** A mapping without a prototype, to which files are added. */
type Joined = Record<string, unknown>

// Sections and their collections are joined; what stands in a collection is an element, and is one file's own.
const ELEMENT_DEPTH = 2

class Merger implements Merged {
  readonly configuration: Joined = Object.create(null)
  readonly findings: Finding[] = []
  readonly #origins = new Map<string, Origin>()

  add(file: FileReading): void {
    this.findings.push(...file.findings)
    if (file.tree !== undefined) this.#join(this.configuration, file.tree, [], { file, path: [] })
  }

  readonly locate = (path: Path, at: At = 'value'): Source | undefined => {
    for (let depth = Math.min(path.length, ELEMENT_DEPTH + 1); depth > 0; depth--) {
      const origin = this.#origins.get(originKey(path.slice(0, depth)))
      if (origin) return placeOf({ file: origin.file, path: [...origin.path, ...path.slice(depth)] }, at)
    }
    return undefined
  }

  #join(target: Joined, source: Tree, path: Path, origin: Origin): void {
    for (const [key, value] of Object.entries(source)) {
      const from = { file: origin.file, path: [...origin.path, key] }
      const name = path.length < ELEMENT_DEPTH ? sameKey(target, key) : key
      if (path.length === ELEMENT_DEPTH) this.#element(target, { value, path: [...path, name], from })
      else if (value !== null && value !== undefined) this.#branch(target, { value, path: [...path, name], from })
    }
  }

  /** Joins a section or a collection with what earlier files said there. */
  #branch(target: Joined, incoming: Incoming): void {
    const { value, path, from } = incoming
    const known = target[lastOf(path)]
    const order = known === undefined ? 0 : kindOf(known) - kindOf(value)
    if (order > 0) this.#misfit(path, from, known)
    else {
      if (order < 0) this.#displace(target, incoming)
      if (isTree(value)) this.#join(this.#place(target, { ...incoming, value: Object.create(null) }) as Joined, value, path, from)
      else if (Array.isArray(value)) this.#append(this.#place(target, { ...incoming, value: [] }) as unknown[], incoming)
      else this.#element(target, incoming)
    }
  }

  /** Makes room for a value that fits better than the one of an earlier file. */
  #displace(target: Joined, { value, path }: Incoming): void {
    const earlier = this.#origins.get(originKey(path))
    if (earlier) this.#misfit(path, earlier, value)
    delete target[lastOf(path)]
  }

  #append(list: unknown[], { value, path, from }: Incoming): void {
    for (const [index, item] of (value as unknown[]).entries()) {
      if (list.some((known) => isDeepStrictEqual(known, item))) continue
      this.#origins.set(originKey([...path, list.length]), { file: from.file, path: [...from.path, index] })
      list.push(item)
    }
  }

  #element(target: Joined, incoming: Incoming): void {
    const { path, from } = incoming
    const first = lastOf(path) in target ? this.#origins.get(originKey(path)) : undefined
    if (first) this.findings.push(conflict(path, first, from))
    else this.#place(target, incoming)
  }

  /** Puts a value where there is none yet, and gives what stands there. */
  #place(target: Joined, { value, path, from }: Incoming): unknown {
    const name = lastOf(path)
    if (!(name in target)) {
      this.#origins.set(originKey(path), from)
      target[name] = value
    }
    return target[name]
  }

  #misfit(path: Path, from: Origin, other: unknown): void {
    const source = placeOf(from, 'value')
    this.findings.push({
      code: 'GTW_WRONG_TYPE',
      severity: 'error',
      message: `${dotted(path)} is ignored here: other files hold ${Array.isArray(other) ? 'a list' : 'a mapping'}`,
      path: dotted(path),
      ...(source && { source }),
    })
  }
}

function conflict(path: Path, first: Origin, second: Origin): Finding {
  const source = placeOf(second, 'key')
  return {
    code: 'GTW_CONFLICT',
    severity: 'warning',
    message: `${dotted(path)} is ignored here: it is already defined at ${describe(first)}`,
    path: dotted(path),
    ...(source && { source }),
    hint: 'of several files the first in path order wins; rename or remove one of the two',
  }
}

function placeOf({ file, path }: Origin, at: At): Source | undefined {
  return file.locate?.(path, at)
}

function describe(origin: Origin): string {
  const source = placeOf(origin, 'key')
  return source?.kind === 'file' ? `${source.file}:${source.line}:${source.column}` : origin.file.path
}

function lastOf(path: Path): string {
  return String(path.at(-1))
}

/** A mapping tells more of what was meant than a list, and a list more than a single value. */
function kindOf(value: unknown): number {
  if (isTree(value)) return 2
  return Array.isArray(value) ? 1 : 0
}

/** The key under which an earlier file wrote the same name: keys of the vocabulary are compared without case. */
function sameKey(target: Joined, key: string): string {
  return Object.keys(target).find((known) => known.toLowerCase() === key.toLowerCase()) ?? key
}

function originKey(path: Path): string {
  return JSON.stringify(path.map((step, depth) => (depth < ELEMENT_DEPTH ? String(step).toLowerCase() : step)))
}
