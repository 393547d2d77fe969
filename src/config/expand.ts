// biome-ignore-all lint/suspicious/noTemplateCurlyInString: references are literal text in a configuration.
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Path } from '../findings/finding.ts'
import { type Issue, makeIssue } from '../findings/issue.ts'
import { isTree } from '../schema/tree.ts'

/** Hears what references lead to. */
export interface Notes {
  /** A file, before it is read. */
  readonly file?: (path: string) => void
  /** A text, and the reference in whose place it stands. */
  readonly text?: (text: string, reference: string) => void
}

const REFERENCE = /\$\{(env|file):([^}]*)\}/g

/**
 * Replaces `${env:NAME}` and `${file:/path}` in the strings of a tree by what they name. A file loses one newline at its
 * end, as a shell does it; its path starts from `cwd`. What is not there is an issue, and the string with it is left out.
 */
export function expandReferences(
  tree: unknown,
  env: NodeJS.ProcessEnv,
  cwd: string,
  notes: Notes = {},
): { readonly tree: unknown; readonly issues: Issue[] } {
  const issues: Issue[] = []
  // Where nothing refers to anything, the tree is the one that it was: most of them, and some are large.
  const expand = (value: unknown, path: Path): unknown => {
    if (typeof value === 'string') return value.includes('${') ? expandText(value, path) : value
    if (Array.isArray(value)) {
      const items = value.map((item, index) => expand(item, [...path, index]))
      return items.every((item, index) => item === value[index]) ? value : items
    }
    if (!isTree(value)) return value
    let expanded: Record<string, unknown> | undefined
    for (const key of Object.keys(value)) {
      const child = value[key]
      const next = expand(child, [...path, key])
      if (next === child) continue
      expanded ??= { ...value }
      expanded[key] = next
    }
    return expanded ?? value
  }
  const expandText = (text: string, path: Path): string | undefined => {
    let missing = false
    const expanded = text.replace(REFERENCE, (reference, kind: string, name: string) => {
      if (kind === 'file') notes.file?.(resolve(cwd, name))
      const found = kind === 'env' ? env[name] : readText(resolve(cwd, name))
      if (found !== undefined) {
        notes.text?.(found, reference)
        return found
      }
      missing = true
      issues.push(missingReference(reference, path))
      return ''
    })
    return missing ? undefined : expanded
  }
  return { tree: expand(tree, []), issues }
}

function readText(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').replace(/\r?\n$/, '')
  } catch {
    return undefined
  }
}

function missingReference(reference: string, path: Path): Issue {
  const expected = reference.startsWith('${env:') ? 'a variable that is set' : 'a file that can be read'
  return makeIssue({ path, at: 'value' }, { code: 'GTW_BAD_VALUE', problem: `refers to ${reference}, which is not there`, expected })
}
