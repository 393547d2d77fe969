import { bareName } from '../config/reference.ts'
import type { Path } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { nearest } from '../findings/suggest.ts'
import { isTree } from '../schema/tree.ts'
import type { Effective } from './effective.ts'

/** A part of the configuration, with the way to it from the root. */
export interface Part {
  readonly path: Path
  readonly value: unknown
}

/** No part of that name, and the path that is near. */
export interface NoPart {
  readonly suggestion: string | undefined
}

/** Finds what a dotted path names: without regard to case, `@provider` may be left out, and so may `static.` and `dynamic.`. */
export function partAt(configuration: Effective, written: string): Part | NoPart {
  const starts: Part[] = [
    { path: [], value: configuration },
    { path: ['static'], value: configuration.static },
    { path: ['dynamic'], value: configuration.dynamic },
  ]
  const found = starts.map((start) => walk(start, written))
  return (
    found.find((one) => 'path' in one) ??
    found.find((one) => 'suggestion' in one && one.suggestion !== undefined) ?? { suggestion: undefined }
  )
}

function walk(from: Part, written: string): Part | NoPart {
  let part = from
  for (let rest = written; rest !== ''; ) {
    const step = stepInto(part.value, rest)
    if (step === undefined) return { suggestion: suggestionAt(part, rest) }
    part = { path: [...part.path, step.key], value: (part.value as Record<string | number, unknown>)[step.key] }
    rest = rest
      .slice(step.length)
      .replace(/^\]?\.?/, '')
      .replace(/^\[/, '')
  }
  return part
}

// Names may hold dots themselves, so the longest one that fits is meant.
function stepInto(value: unknown, rest: string): { readonly key: string | number; readonly length: number } | undefined {
  if (Array.isArray(value)) {
    const index = /^\d+/.exec(rest)?.[0] ?? ''
    return index !== '' && Number(index) < value.length ? { key: Number(index), length: index.length } : undefined
  }
  if (!isTree(value)) return undefined
  const text = rest.toLowerCase()
  const fitting = Object.keys(value).flatMap((key) =>
    [key, bareName(key)].filter((name) => fits(name.toLowerCase(), text)).map((name) => ({ key, length: name.length })),
  )
  return fitting.toSorted((a, b) => b.length - a.length)[0]
}

function fits(name: string, text: string): boolean {
  return name !== '' && text.startsWith(name) && (text.length === name.length || text[name.length] === '.' || text[name.length] === '[')
}

function suggestionAt({ path, value }: Part, rest: string): string | undefined {
  const name = rest.split(/[.[]/, 1)[0] ?? ''
  const near = isTree(value) ? (nearest(name, Object.keys(value)) ?? nearest(name, Object.keys(value).map(bareName))) : undefined
  return near === undefined ? undefined : dotted([...path, near]) + rest.slice(name.length)
}
