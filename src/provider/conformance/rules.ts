import type { ProviderMessage } from '../definition.ts'

/** The rule of each router by its name. */
export type Rules = Readonly<Record<string, string>>

/** A configuration with one router and one service of each name; every value in it is a string. */
export function treeOf(rules: Rules): object {
  const entries = Object.entries(rules)
  const server = (name: string) => ({ loadBalancer: { servers: [{ url: `http://${name}.internal:80` }] } })
  return {
    http: {
      routers: Object.fromEntries(entries.map(([name, rule]) => [name, { rule, service: name }])),
      services: Object.fromEntries(entries.map(([name]) => [name, server(name)])),
    },
  }
}

/** The rule of every router in a message. */
export function rulesOf(message: ProviderMessage): Rules {
  const { http } = message.configuration as { http?: { routers?: Record<string, { rule: string }> } }
  return Object.fromEntries(Object.entries(http?.routers ?? {}).map(([name, { rule }]) => [name, rule]))
}

/** A condition: the message holds exactly these routers. */
export function says(rules: Rules): (message: ProviderMessage) => boolean {
  const wanted = JSON.stringify(Object.entries(rules).sort())
  return (message) => JSON.stringify(Object.entries(rulesOf(message)).sort()) === wanted
}

/** A condition: the message reports an error. */
export function hasError(message: ProviderMessage): boolean {
  return message.findings?.some(({ severity }) => severity === 'error') ?? false
}
