import { dynamicConfiguration } from '../config/dynamic.ts'
import { qualify } from '../config/reference.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Said } from '../control/aggregator.ts'
import { ELEMENT_KINDS, PROTOCOLS, type Protocol } from '../control/element.ts'
import { hideInTree } from '../control/expanded-message.ts'
import { redact, type Schema, toPlain } from '../schema/index.ts'
import type { Tree } from '../schema/tree.ts'

/** The whole configuration as it takes effect, in the spelling of files and without secrets. */
export interface Effective {
  readonly static: Tree
  readonly dynamic: Tree
}

/** Joins the static configuration and what the providers said, under qualified names. */
export function effectiveConfiguration(schema: Schema, configuration: StaticConfiguration, said: Said): Effective {
  const words = [...said].map(([provider, word]) => ({
    provider,
    own: hideInTree(shown(dynamicConfiguration, word.configuration), word.references) as Tree,
  }))
  const dynamic: Record<string, Tree> = { http: {} }
  for (const protocol of PROTOCOLS) {
    const elements = elementsOf(protocol, words)
    if (Object.keys(elements).length > 0) dynamic[protocol] = elements
  }
  return { static: shown(schema, configuration), dynamic }
}

function elementsOf(protocol: Protocol, words: readonly { readonly provider: string; readonly own: Tree }[]): Tree {
  const elements: Record<string, Record<string, unknown>> = {}
  for (const { provider, own } of words) {
    const section = (own[protocol] ?? {}) as Tree
    for (const kind of ELEMENT_KINDS) {
      for (const [name, element] of Object.entries((section[kind] ?? {}) as Tree)) {
        elements[kind] = { ...elements[kind], [qualify(name, provider)]: element }
      }
    }
  }
  return elements
}

function shown(schema: Schema, value: unknown): Tree {
  return toPlain(schema, redact(schema, value)) as Tree
}
