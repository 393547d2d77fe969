import type { BuiltStreams } from '../runtime/build-streams.ts'
import type { TcpRoutes } from '../runtime/tcp-routes.ts'
import type { StreamAddress } from '../tcp/address.ts'

/** The routers of TCP and UDP that are live. A new snapshot replaces them in one step; what is open stays with its server. */
export class StreamSwitch {
  #live: Pick<BuiltStreams, 'tcp' | 'udp'> = { tcp: new Map(), udp: new Map() }

  replace(built: Pick<BuiltStreams, 'tcp' | 'udp'>): void {
    this.#live = built
  }

  /** Undefined where an entry point has no router of TCP. */
  tcp(entryPoint: string): TcpRoutes | undefined {
    return this.#live.tcp.get(entryPoint)
  }

  /** The server of a new session of UDP; undefined where there is none. */
  udp(entryPoint: string): StreamAddress | undefined {
    return this.#live.udp.get(entryPoint)?.()
  }
}
