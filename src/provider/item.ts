import type { RuleContext } from './default-rule.ts'
import type { Labels } from './exposure.ts'
import type { Protocol } from './label-schema.ts'

/** A container, a task or an instance of a service, with its labels. */
export interface LabelledItem {
  /** How findings call it: `container web_1`. */
  readonly name: string
  readonly labels: Labels
  /** All tags, where the source has tags; the labels then come from `tagsToLabels`. */
  readonly tags?: readonly string[]
  readonly defaults: ItemDefaults
  /** It exists and cannot serve now: its services get no server, so that they answer 503 instead of 404. */
  readonly isIdle?: boolean
}

/** What stands in where labels say nothing. */
export interface ItemDefaults {
  /** Name of the service, and of the router, of an item that names none. */
  readonly serviceName: string
  /** What the default rule is told. */
  readonly ruleContext: RuleContext
  /** Addresses for one service of the item; asked once for each of its services, not where a label gives the whole URL. */
  readonly servers: (wanted: WantedServer) => FoundServers
}

/** What a label asks of the address of a server. */
export interface WantedServer {
  readonly protocol: Protocol
  readonly service: string
  /** The label `server.port`. */
  readonly port: number | undefined
}

/** Addresses as `host:port`, an IPv6 host in brackets; or why there is none, as the end of a sentence: `the port is missing`. */
export type FoundServers = { readonly addresses: readonly string[] } | { readonly problem: string; readonly hint?: string }
