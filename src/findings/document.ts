import { extname } from 'node:path'
import { parseJson } from './json-document.ts'
import { type ParsedDocument, type Parser, toDocument } from './parsed-document.ts'
import { parseToml } from './toml-document.ts'
import { parseYaml } from './yaml-document.ts'

const PARSERS: Readonly<Record<string, Parser>> = {
  '.yaml': parseYaml,
  '.yml': parseYaml,
  '.json': parseJson,
  '.toml': parseToml,
}

/** Reads a YAML, TOML or JSON document, told apart by the extension of its file. Never throws. */
export function readDocument(text: string, file: string): ParsedDocument {
  return toDocument(text, file, PARSERS[extname(file).toLowerCase()])
}
