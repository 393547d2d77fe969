import type { SecureContext } from 'node:tls'
import type { Peer } from '../../http/request.ts'
import type { TcpRoute } from '../../runtime/tcp-table.ts'
import type { HandshakePlan, NoPlan } from '../../tls/certificate-store.ts'
import type { ClientHello } from '../../tls/client-hello.ts'
import type { StreamSwitch } from '../stream-switch.ts'
import type { TlsContexts } from '../tls-context.ts'

const NO_PROTOCOLS: readonly string[] = []

/** Finds the TCP router of a connection to one entry point, among its routers of HTTP. */
export class TcpDoor {
  readonly #name: string
  readonly #tls: TlsContexts
  readonly #streams: StreamSwitch

  constructor(entryPoint: string, tls: TlsContexts, streams: StreamSwitch) {
    this.#name = entryPoint
    this.#tls = tls
    this.#streams = streams
  }

  /** Whether there are routers of TCP that want TLS. */
  get servesTls(): boolean {
    const routes = this.#streams.tcp(this.#name)
    return routes !== undefined && routes.secure.size > 0
  }

  /** The router of a connection that has said nothing yet: where nobody speaks TLS, servers may speak first. */
  atOnce(peer: Peer): TcpRoute | undefined {
    return this.servesTls || this.#tls.serves(this.#name) ? undefined : this.clear(peer)
  }

  /** The router of a connection that does not begin with TLS. */
  clear({ address }: Peer): TcpRoute | undefined {
    const routes = this.#streams.tcp(this.#name)
    if (routes === undefined || routes.clear.size === 0) return undefined
    return routes.clear.find({ serverName: '', protocols: NO_PROTOCOLS, address })
  }

  /**
   * The router of a connection that begins with TLS:
   *
   *     HTTPS that names the host ─▶ TCP ─▶ HTTPS that names none ─▶ TCP for HostSNI(`*`) ─▶ HTTPS
   */
  secure({ serverName, protocols }: ClientHello, { address }: Peer): TcpRoute | undefined {
    if (!this.servesTls || this.#tls.namesHost(this.#name, serverName)) return undefined
    return this.#streams.tcp(this.#name)?.findSecure({ serverName, protocols, address })
  }

  /** The same for a client of PostgreSQL, who has no use for HTTPS. */
  postgres({ serverName, protocols }: ClientHello, { address }: Peer): TcpRoute | undefined {
    return this.#streams.tcp(this.#name)?.secure.find({ serverName, protocols, address })
  }

  /** How the gateway does TLS for a router; undefined where it leaves that to the server. */
  planFor({ tls }: TcpRoute, hello: ClientHello, { localAddress }: Peer): HandshakePlan<SecureContext> | NoPlan | undefined {
    if (tls === undefined || !('options' in tls)) return undefined
    return withoutForeignProtocols(this.#tls.planWith(tls.options, hello.serverName, localAddress), hello)
  }
}

/**
 * The protocols of TLS options are those of HTTP unless someone says more. What a server of another kind speaks is known to
 * its clients alone: where they offer none of ours, the handshake goes on without (RFC 7301 §3.2 would end it).
 */
function withoutForeignProtocols(
  plan: HandshakePlan<SecureContext> | NoPlan,
  { protocols }: ClientHello,
): HandshakePlan<SecureContext> | NoPlan {
  if (typeof plan === 'string' || plan.options.protocols.some((protocol) => protocols.includes(protocol))) return plan
  return { ...plan, options: { ...plan.options, protocols: [] } }
}
