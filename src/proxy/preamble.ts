import { GatewayError } from '../errors.ts'
import type { Peer } from '../http/request.ts'
import { TrustedIps } from '../http/trusted-ips.ts'
import { ProxyHeaderReader } from './proxy-protocol.ts'

/** The option `entryPoints.<name>.proxyProtocol`. */
interface ProxyProtocolOptions {
  /** Believes every peer. */
  readonly insecure: boolean
  /** Addresses and networks of the peers to believe. */
  readonly trustedIPs: readonly string[]
}

/** How long a header may take from its first octet to its last, whatever else the entry point allows. */
const LIMIT_MS = 5_000

/** Whose word about addresses an entry point takes. Built once for all its connections. */
export class ProxyTrust {
  readonly #insecure: boolean
  readonly #trusted: TrustedIps

  constructor({ insecure, trustedIPs }: ProxyProtocolOptions) {
    const trusted = TrustedIps.parse(trustedIPs)
    if (!(trusted instanceof TrustedIps)) {
      throw new GatewayError('GTW_CONFIG_INVALID', `proxyProtocol.trustedIPs: "${trusted.invalid}" is neither an IP address nor a CIDR`)
    }
    this.#insecure = insecure
    this.#trusted = trusted
  }

  believes({ address }: Peer): boolean {
    return this.#insecure || this.#trusted.has(address)
  }
}

/** Whom the octets behind the preamble come from, and those that came with it; `rest` is a copy or a view of the chunk. */
interface Opening {
  readonly peer: Peer
  readonly rest: Buffer
}

/**
 * What may stand in front of everything else that a client sends: a header of the PROXY protocol, or nothing. A header of
 * a peer that is not believed is taken off all the same: its addresses change nothing, and the request is served.
 */
export class Preamble {
  /** When the header must be complete; 0 before its first octet. */
  deadlineAt = 0
  readonly #trust: ProxyTrust
  readonly #socketPeer: Peer
  readonly #reader = new ProxyHeaderReader()

  constructor(trust: ProxyTrust, socketPeer: Peer) {
    this.#trust = trust
    this.#socketPeer = socketPeer
  }

  /** Takes octets as they come until it can tell; `now` is in milliseconds of the connection's clock. */
  take(chunk: Buffer, now: number): Opening | 'more' | 'close' {
    const reader = this.#reader
    const taken = reader.read(chunk, 0, chunk.length)
    switch (reader.verdict) {
      case 'more':
        if (this.deadlineAt === 0) this.deadlineAt = now + LIMIT_MS
        return 'more'
      case 'invalid':
        return 'close'
      case 'header':
        return { peer: this.#announcedPeer(), rest: chunk.subarray(taken) }
      case 'none':
        return { peer: this.#socketPeer, rest: reader.returned.length === 0 ? chunk : Buffer.concat([reader.returned, chunk]) }
    }
  }

  #announcedPeer(): Peer {
    const announced = this.#reader.peer
    return announced !== undefined && this.#trust.believes(this.#socketPeer) ? announced : this.#socketPeer
  }
}
