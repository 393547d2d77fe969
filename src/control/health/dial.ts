import { connect, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { Target } from './target.ts'

/** Where a check connects to. */
export interface Endpoint {
  /** `https:` means TLS. */
  readonly url: URL
  readonly tls: Target['tls']
  /** What is offered in TLS. */
  readonly protocols: readonly string[]
}

/** Begins a connection for one check. It is the caller's to destroy, in every state. */
export function dial({ url, tls, protocols }: Endpoint): Socket {
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const port = url.port === '' ? DEFAULT_PORTS[isSecure(url) ? 'https' : 'http'] : Number(url.port)
  if (!isSecure(url)) return connect({ host, port, noDelay: true })
  return connectTls({ host, port, ...tls(host), ALPNProtocols: [...protocols] }).setNoDelay(true)
}

/** Whether TLS is spoken at a URL. */
export function isSecure({ protocol }: URL): boolean {
  return protocol === 'https:'
}

const DEFAULT_PORTS = { http: 80, https: 443 }
