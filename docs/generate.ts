import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { generatedDocs } from './generated-docs.ts'

/** Writes the reference pages and the JSON Schemas; `test/generated.test.ts` fails when they are stale. */
const root = dirname(fileURLToPath(import.meta.url))
for (const [file, text] of generatedDocs()) {
  const path = join(root, file)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
