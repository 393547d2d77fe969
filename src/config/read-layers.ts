import { readFileSync } from 'node:fs'
import { GatewayError } from '../errors.ts'
import { toFindings } from '../findings/from-issues.ts'
import type { ParsedDocument } from '../findings/parsed-document.ts'
import { check, type FlatEntry, fromFlat, type Schema } from '../schema/index.ts'
import { factsOf } from '../schema/schema.ts'
import { isTree } from '../schema/tree.ts'
import { parseEnvironment } from './env.ts'
import { expandReferences } from './expand.ts'
import { parseStaticFlags } from './flags.ts'
import type { Layer } from './layers.ts'
import { REMOVED_ROOTS, type Removed, withoutRemoved, withoutRemovedEntries } from './removed.ts'

/** What every source is read with. */
export interface ReadContext {
  readonly schema: Schema
  readonly removed: readonly Removed[]
  readonly env: NodeJS.ProcessEnv
  readonly cwd: string
  readonly readDocument: (text: string, file: string) => ParsedDocument | Promise<ParsedDocument>
}

/** Reads the file; without a tree it could not be parsed. Throws where the file cannot be read at all. */
export async function readConfigFile(file: string, { schema, removed, env, cwd, readDocument }: ReadContext): Promise<Layer> {
  const { value, findings, locate } = await readDocument(readText(file), file)
  if (value !== undefined && !isTree(value)) {
    return { tree: undefined, locate, findings: [...findings, ...toFindings(check(schema, value).issues, locate)] }
  }
  const kept = withoutRemoved(value, removed, locate)
  const expanded = expandReferences(kept.tree, env, cwd)
  return { tree: expanded.tree, locate, findings: [...findings, ...kept.findings, ...toFindings(expanded.issues, locate)] }
}

// One file at the start: waiting for it takes less time than loading what can read it meanwhile.
function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    throw new GatewayError('GTW_CONFIG_UNREADABLE', code === 'ENOENT' ? `${file} does not exist` : `${file} (${code})`, { cause })
  }
}

/** Reads the variables with one prefix. */
export function readEnvironment(prefix: string, { schema, removed, env }: ReadContext): Layer {
  const facts = factsOf(schema)
  const roots = facts.kind === 'object' ? [...facts.fields.keys(), ...REMOVED_ROOTS] : []
  const { entries, findings } = parseEnvironment(env, prefix, roots)
  const layer = toLayer(entries, { schema, removed, foldCase: true })
  return { ...layer, findings: [...findings, ...layer.findings] }
}

/** Reads flags that `splitStaticFlags` has taken out of a command line. */
export function readFlags(staticArgs: readonly string[], { schema, removed }: ReadContext): Layer {
  const { entries, findings } = parseStaticFlags(staticArgs)
  const layer = toLayer(entries, { schema, removed, foldCase: false })
  return { ...layer, findings: [...findings, ...layer.findings] }
}

interface FlatContext extends Pick<ReadContext, 'schema' | 'removed'> {
  readonly foldCase: boolean
}

function toLayer(entries: readonly FlatEntry[], { schema, removed, foldCase }: FlatContext): Layer {
  const kept = withoutRemovedEntries(entries, removed)
  const { tree, issues, locate } = fromFlat(schema, kept.entries, { foldCase })
  return { tree, locate, findings: [...kept.findings, ...toFindings(issues, locate)] }
}
