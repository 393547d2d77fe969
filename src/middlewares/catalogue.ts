import { addPrefix } from './add-prefix.ts'
import type { MiddlewareDefinition } from './definition.ts'
import { encodedCharacters } from './encoded-characters.ts'
import { stripPrefix } from './strip-prefix.ts'

/** Every kind of middleware that can be built, by its key in the configuration: the only list. */
export const middlewareCatalogue = { addPrefix, encodedCharacters, stripPrefix } satisfies Record<string, MiddlewareDefinition>
