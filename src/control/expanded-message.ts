import { resolve } from 'node:path'
import { expandReferences } from '../config/expand.ts'
import type { Issue } from '../findings/issue.ts'
import type { ProviderMessage } from '../provider/definition.ts'
import { isTree } from '../schema/tree.ts'
import { MadeFromFiles } from './made-from-files.ts'

/** Whoever may write labels or keys of a store must not read variables and files here, nor choose code that runs. */
export const TRUSTED: ReadonlySet<string> = new Set(['file'])

/** What a provider has said, with what its references (`${env:NAME}`, `${file:/path}`) stand for. */
export interface Expanded {
  readonly configuration: unknown
  /** References to what is not there. */
  readonly issues: readonly Issue[]
  /** The reference by the text that took its place: perhaps a secret. */
  readonly references: References
}

/** References by the texts that they stand for. */
export type References = ReadonlyMap<string, string>

const NONE: References = new Map()

/** Shorter ones are no secrets, and stand in too many other words. */
const SHORTEST_SECRET = 4

const known = new MadeFromFiles<ProviderMessage, Expanded>()

/** Expands what a provider says where it may refer to anything. */
export function expandMessage(provider: string, message: ProviderMessage): Expanded {
  const { configuration } = message
  if (!TRUSTED.has(provider)) return { configuration, issues: [], references: NONE }
  return known.of(message, (note) => {
    const references = new Map<string, string>()
    const { tree, issues } = expandReferences(configuration, process.env, process.cwd(), {
      file: note,
      text: (text, reference) => references.set(text, reference),
    })
    return { configuration: tree, issues, references }
  })
}

/** The files that a message refers to, by their whole path. */
export function filesOfMessage(message: ProviderMessage): Iterable<string> {
  return [...known.filesOf(message)].map((file) => resolve(file))
}

/** A text without what references stand for: they stand there themselves again. */
export function hideIn(text: string, references: References): string {
  let hidden = text
  for (const [secret, reference] of references) if (secret.length >= SHORTEST_SECRET) hidden = hidden.replaceAll(secret, reference)
  return hidden
}

/** The same for all texts of a tree. */
export function hideInTree(value: unknown, references: References): unknown {
  if (references.size === 0) return value
  if (typeof value === 'string') return hideIn(value, references)
  if (Array.isArray(value)) return value.map((item) => hideInTree(item, references))
  if (!isTree(value)) return value
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, hideInTree(child, references)]))
}
