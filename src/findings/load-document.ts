import { extname } from 'node:path'
import { type ParsedDocument, type Parser, toDocument } from './parsed-document.ts'

const PARSERS: Readonly<Record<string, () => Promise<Parser>>> = {
  '.yaml': loadYaml,
  '.yml': loadYaml,
  '.json': async () => (await import('./json-document.ts')).parseJson,
  '.toml': async () => (await import('./toml-document.ts')).parseToml,
}

async function loadYaml(): Promise<Parser> {
  return (await import('./yaml-document.ts')).parseYaml
}

/** Does the same as `readDocument` and loads no more than the one parser that it needs. */
export async function loadDocument(text: string, file: string): Promise<ParsedDocument> {
  return toDocument(text, file, await PARSERS[extname(file).toLowerCase()]?.())
}
