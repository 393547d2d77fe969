import { Resolver } from 'node:dns/promises'
import { isIP } from 'node:net'
import { setTimeout as pause } from 'node:timers/promises'
import type { DnsChallenge } from '../../../config/certificates-resolvers.ts'
import { AcmeError } from '../acme-error.ts'

const MOST_ALIASES = 10
const QUERY = { timeout: 5_000, tries: 2 } as const

interface Pace {
  readonly timeoutMs: number
  readonly intervalMs: number
}

/** The name at the end of a chain of aliases: a zone of its own may hold the records (RFC 8555 §8.4). */
export async function followAliases(name: string, options: DnsChallenge): Promise<string> {
  const resolver = await recursive(options.resolvers)
  let current = name
  for (let step = 0; step < MOST_ALIASES; step++) {
    const [alias] = await resolver.resolveCname(current).catch(() => [])
    if (alias === undefined) return current
    current = alias
  }
  throw new AcmeError('GTW_ACME_CHALLENGE', `${name} is an alias of an alias, more than ${MOST_ALIASES} times`)
}

/** Waits until those who are asked know a record: an authority that looks too early counts it as a failure. */
export class Propagation {
  readonly #options: DnsChallenge
  readonly #pace: Pace

  constructor(options: DnsChallenge, pace: Pace) {
    this.#options = options
    this.#pace = pace
  }

  async untilVisible(name: string, value: string): Promise<void> {
    const { propagation, delayBeforeCheck, disablePropagationCheck } = this.#options
    await pause(propagation.delayBeforeChecks || delayBeforeCheck || 0)
    if (propagation.disableChecks || disablePropagationCheck) return
    const deadline = performance.now() + this.#pace.timeoutMs
    while (!(await this.#isVisible(name, value))) {
      if (performance.now() > deadline) throw new AcmeError('GTW_ACME_CHALLENGE', `the record ${name} does not become visible`)
      await pause(this.#pace.intervalMs)
    }
  }

  async #isVisible(name: string, value: string): Promise<boolean> {
    const { resolvers, propagation } = this.#options
    const asked: Resolver[] = []
    if (propagation.requireAllRNS) for (const one of resolvers) asked.push(await recursive([one]))
    if (!propagation.disableANSChecks) asked.push(...(await authoritative(name, resolvers)))
    // Nobody in particular is to be asked: then it is enough that it can be resolved.
    if (asked.length === 0) asked.push(await recursive(resolvers))
    const answers = await Promise.all(asked.map((resolver) => holds(resolver, name, value)))
    return answers.every(Boolean)
  }
}

async function holds(resolver: Resolver, name: string, value: string): Promise<boolean> {
  const records = await resolver.resolveTxt(name).catch(() => [])
  return records.some((parts) => parts.join('') === value)
}

/** The servers of the zone that a name is in. */
async function authoritative(name: string, resolvers: readonly string[]): Promise<Resolver[]> {
  const resolver = await recursive(resolvers)
  const labels = name.split('.')
  for (let at = 0; at < labels.length; at++) {
    const servers = await resolver.resolveNs(labels.slice(at).join('.')).catch(() => [])
    const addresses = await Promise.all(servers.map((server) => resolver.resolve4(server).catch(() => [])))
    const found = addresses.flat()
    if (found.length > 0) return found.map((address) => resolverAt([address]))
  }
  return []
}

/** A resolver that asks the named servers, or those of the system. */
async function recursive(servers: readonly string[]): Promise<Resolver> {
  return resolverAt(await Promise.all(servers.map(addressOf)))
}

function resolverAt(addresses: readonly string[]): Resolver {
  const resolver = new Resolver(QUERY)
  if (addresses.length > 0) resolver.setServers(addresses)
  return resolver
}

/** `host:port` with the address of the host, which is all that a resolver takes. */
async function addressOf(server: string): Promise<string> {
  const [, host = server, port = '53'] = /^(.*?)(?::(\d+))?$/.exec(isIP(server) === 6 ? `[${server}]` : server) ?? []
  const bare = host.replace(/^\[|\]$/g, '')
  const address = isIP(bare) === 0 ? (await new Resolver(QUERY).resolve4(bare))[0] : bare
  if (address === undefined) throw new AcmeError('GTW_ACME_CHALLENGE', `the resolver ${server} is not known`)
  return isIP(address) === 6 ? `[${address}]:${port}` : `${address}:${port}`
}
