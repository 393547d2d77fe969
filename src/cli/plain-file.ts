import { extname } from 'node:path'
import type { ParsedDocument } from '../findings/parsed-document.ts'
import type { Tree } from '../schema/tree.ts'
import { plainJson } from './plain-json.ts'
import { plainToml } from './plain-toml.ts'
import { plainYaml } from './plain-yaml.ts'

const LANGUAGES: Readonly<Record<string, (text: string) => Tree | undefined>> = {
  '.yml': plainYaml,
  '.yaml': plainYaml,
  '.toml': plainToml,
  '.json': plainJson,
}

/**
 * Reads a document without the parser of its language where it is written plainly. Its places are not told: who needs them
 * has something to complain about, and time.
 */
export async function readBriefly(text: string, file: string): Promise<ParsedDocument> {
  const value = LANGUAGES[extname(file).toLowerCase()]?.(text)
  if (value !== undefined) return { value, findings: [], locate: () => ({ kind: 'file', file, line: 1, column: 1 }) }
  const { loadDocument } = await import('../findings/load-document.ts')
  return loadDocument(text, file)
}
