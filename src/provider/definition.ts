import type { Finding, Path, Source } from '../findings/finding.ts'
import type { Schema } from '../schema/index.ts'

/** Everything a provider knows, said at once: it replaces all it said before. */
export interface ProviderMessage {
  /** A tree in the shape of the dynamic configuration (`{ http: { routers: … } }`), not checked yet. */
  readonly configuration: unknown
  /** Where a value of the tree came from, for findings and provenance. */
  readonly locate?: (path: Path) => Source | undefined
  /** What the provider itself found wrong while it read its source. */
  readonly findings?: readonly Finding[]
}

/** A message with all its parts. */
export type CompleteMessage = Required<ProviderMessage>

/** How a provider stands with its source. */
export type ProviderState = 'connecting' | 'ready' | 'failed'

export interface ProviderLog {
  debug(message: string, fields?: Record<string, unknown>): void
  info(message: string, fields?: Record<string, unknown>): void
  warn(message: string, fields?: Record<string, unknown>): void
  error(message: string, fields?: Record<string, unknown>): void
}

export interface ProviderContext<Options> {
  readonly options: Options
  readonly emit: (message: ProviderMessage) => void
  /** Ends the provider. */
  readonly signal: AbortSignal
  readonly log: ProviderLog
  /** Calls back when the user asks for a fresh reading (SIGHUP). */
  readonly onReload: (listener: () => void) => void
  /** Tells how it stands with the source. Without a word, each message means `ready`, and an exception `failed`. */
  readonly status: (state: ProviderState, detail?: string) => void
}

/** A source of dynamic configuration: a name, options, and one async function that ends when its signal aborts. */
export interface ProviderDefinition<Options = unknown> {
  /** The key under `providers`, and the suffix of its names: `router@name`. */
  readonly name: string
  readonly options: Schema<Options>
  provide(context: ProviderContext<Options>): Promise<void>
  /** Reads the source once, without watching and without a network: what `gateway validate` runs. */
  load?(options: Options): Promise<ProviderMessage>
}

/** Declares a provider; the options of `provide` follow from the schema. */
export function defineProvider<Options>(definition: ProviderDefinition<Options>): ProviderDefinition<Options> {
  return definition
}
