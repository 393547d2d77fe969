import type { ClientTlsOptions } from 'gateway/provider'

/** An agent of Consul, and what it wants to see of those who ask it. */
export interface Endpoint {
  readonly url: URL
  readonly token?: string | undefined
  readonly datacenter?: string | undefined
  readonly tls?: ClientTlsOptions | undefined
  readonly authorization?: string | undefined
  /** How long a question may wait for a change. */
  readonly waitMs: number
}

// Long enough to be cheap; a network that swallows all is noticed when a wait should have ended.
const WAIT_MS = 60_000
/** The longest wait that Consul knows. */
const LONGEST_WAIT_MS = 600_000

interface Address {
  readonly address: string
  readonly scheme?: string | undefined
  readonly waitMs?: number
}

/** Reads the address of an agent; throws where it is none. */
export function endpointOf({ address, scheme = 'http', waitMs = 0 }: Address): Pick<Endpoint, 'url' | 'waitMs'> {
  const text = address.includes('://') ? address : `${scheme}://${address}`
  const url = URL.canParse(text) ? new URL(text) : undefined
  // What it holds beside an address may be a secret: it is not shown.
  if (url === undefined || url.username !== '' || url.password !== '') throw new Error('an address of Consul is not `host:port`')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw new Error(`Consul does not speak "${url.protocol}//"`)
  // A port that is the usual one of its scheme is no part of a URL any more; one that was not said is that of Consul.
  if (url.port === '' && !/:\d+\/?$/.test(text)) url.port = url.protocol === 'https:' ? '8501' : '8500'
  return { url, waitMs: waitMs > 0 ? Math.min(waitMs, LONGEST_WAIT_MS) : WAIT_MS }
}

/** The namespaces to read: at least one, where undefined is that of the token. */
export function namespacesOf(names: readonly string[]): readonly (string | undefined)[] {
  if (names.includes('*')) throw new Error('the option `namespaces` cannot be "*": name the namespaces one by one')
  return names.length === 0 ? [undefined] : [...new Set(names)]
}
