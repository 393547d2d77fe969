import type { Schema } from './schema.ts'

/** What the document says of itself. */
interface Heading {
  readonly title?: string
  readonly id?: string
}

/** The schema as a document of its own. Editors get exact spellings: that keys are compared without case cannot be said. */
export function toJsonSchema(schema: Schema, { title, id }: Heading = {}): Record<string, unknown> {
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    ...(id === undefined ? {} : { $id: id }),
    ...(title === undefined ? {} : { title }),
    // A schema is its own JSON Schema; the copy leaves the hidden facts behind.
    ...JSON.parse(JSON.stringify(schema)),
  }
}
