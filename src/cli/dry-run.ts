import type { Said, Word } from '../control/aggregator.ts'
import { CustomMiddlewares } from '../control/custom-middlewares.ts'
import { ELEMENT_KINDS, type ElementKind, PROTOCOLS, type Protocol } from '../control/element.ts'
import { INTERNAL } from '../control/internal.ts'
import { enabledProviders, loadProviders } from '../control/providers.ts'
import { verify } from '../control/verify.ts'
import type { Finding, Source } from '../findings/finding.ts'
import type { Loaded } from './configuration-command.ts'

/** Everything that can be known of a configuration without starting anything. */
export interface DryRun {
  readonly said: Said
  readonly findings: readonly Finding[]
}

/** Lets every provider read its source once, and checks what they say together. */
export async function dryRun({ static: { configuration, fatal, findings: own }, definitions, findings }: Loaded): Promise<DryRun> {
  if (fatal) return { said: new Map(), findings: [...findings, ...own] }
  const enabled = enabledProviders(definitions, configuration)
  const said = await loadProviders(enabled, configuration)
  const silent = enabled.filter(({ definition }) => definition.load === undefined).map(({ definition }) => notAsked(definition.name))
  const custom = new CustomMiddlewares()
  const prepared = await custom.prepare(said)
  custom.close()
  return { said, findings: [...findings, ...own, ...silent, ...verify(prepared, configuration).findings] }
}

function notAsked(provider: string): Finding {
  return {
    code: 'GTW_UNSUPPORTED',
    severity: 'info',
    message: `the provider "${provider}" was not asked: what it knows is only there while the gateway runs`,
    path: `providers.${provider}`,
  }
}

/** How many elements of each kind the providers define. */
export function countElements(said: Said): Readonly<Record<ElementKind, number>> {
  const words = [...said].filter(([provider]) => provider !== INTERNAL).flatMap(([, word]) => sectionsOf(word))
  const numbers = ELEMENT_KINDS.map((kind) => [kind, words.reduce((sum, { section }) => sum + Object.keys(section[kind] ?? {}).length, 0)])
  return Object.fromEntries(numbers)
}

/** The files that anything was read from. */
export function filesOf({ said, findings }: DryRun, staticFile: string | undefined): ReadonlySet<string> {
  const sources = [...findings.map(({ source }) => source), ...[...said.values()].flatMap(elementSources)]
  const files = sources.flatMap((source) => (source?.kind === 'file' ? [source.file] : []))
  return new Set(staticFile === undefined ? files : [staticFile, ...files])
}

function elementSources(word: Word): (Source | undefined)[] {
  return sectionsOf(word).flatMap(({ protocol, section }) =>
    ELEMENT_KINDS.flatMap((kind) => Object.keys(section[kind] ?? {}).map((name) => word.locate([protocol, kind, name], 'key'))),
  )
}

interface Section {
  readonly protocol: Protocol
  readonly section: Readonly<Partial<Record<ElementKind, object>>>
}

function sectionsOf({ configuration }: Word): Section[] {
  return PROTOCOLS.map((protocol) => ({ protocol, section: configuration[protocol] }))
}
