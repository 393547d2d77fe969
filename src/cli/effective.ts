import { dynamicConfiguration } from '../config/dynamic.ts'
import { qualify } from '../config/reference.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Said } from '../control/aggregator.ts'
import { ELEMENT_KINDS } from '../control/element.ts'
import { redact, type Schema, toPlain } from '../schema/index.ts'
import type { Tree } from '../schema/tree.ts'

/** The whole configuration as it takes effect, in the spelling of files and without secrets. */
export interface Effective {
  readonly static: Tree
  readonly dynamic: Tree
}

/** Joins the static configuration and what the providers said, under qualified names. */
export function effectiveConfiguration(schema: Schema, configuration: StaticConfiguration, said: Said): Effective {
  const http: Record<string, Record<string, unknown>> = {}
  for (const [provider, word] of said) {
    const own = shown(dynamicConfiguration, word.configuration).http as Tree
    for (const kind of ELEMENT_KINDS) {
      for (const [name, element] of Object.entries((own[kind] ?? {}) as Tree)) {
        http[kind] = { ...http[kind], [qualify(name, provider)]: element }
      }
    }
  }
  return { static: shown(schema, configuration), dynamic: { http } }
}

function shown(schema: Schema, value: unknown): Tree {
  return toPlain(schema, redact(schema, value)) as Tree
}
