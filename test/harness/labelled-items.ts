import { compileDefaultRule, DEFAULT_RULE } from '../../src/provider/default-rule.ts'
import type { CompleteMessage } from '../../src/provider/definition.ts'
import type { Labels } from '../../src/provider/exposure.ts'
import type { FoundServers, LabelledItem, WantedServer } from '../../src/provider/item.ts'
import { type DecodeLabelsOptions, decodeLabels } from '../../src/provider/labels.ts'
import type { Schema } from '../../src/schema/index.ts'

const defaultRule = compileDefaultRule(DEFAULT_RULE, 'providers.docker.defaultRule')

/** A container at 10.0.0.N, where N is the length of its name. */
export function container(name: string, labels: Labels, more: Partial<LabelledItem> = {}): LabelledItem {
  const host = `10.0.0.${name.length}`
  const servers = ({ port = 80 }: WantedServer): FoundServers => ({ addresses: [`${host}:${port}`] })
  const defaults = { serviceName: name, ruleContext: { name, labels }, servers }
  return { name: `container ${name}`, labels, defaults, ...more }
}

/** Decodes as the Docker provider does unless told otherwise. */
export function decode(items: readonly LabelledItem[], options: Partial<DecodeLabelsOptions> = {}, schema?: Schema): CompleteMessage {
  return decodeLabels(items, { exposedByDefault: true, defaultRule, ...options }, schema)
}

/** The HTTP part of a configuration. */
export const http = (configuration: unknown) => (configuration as { http: Record<string, Record<string, unknown>> }).http

/** A service with one server. */
export const server = (url: string, more: object = {}) => ({ loadBalancer: { servers: [{ url }], ...more } })
