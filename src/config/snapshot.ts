import type { RuleSyntax } from '../rule/syntaxes.ts'
import type { TlsSettings } from '../tls/settings.ts'
import type { Middleware, Service } from './dynamic.ts'
import type { ServersTransport } from './servers-transport.ts'
import type { SnapshotTcpRouter, TcpMiddleware, TcpServersTransport, TcpService } from './tcp.ts'
import type { SnapshotUdpRouter, UdpService } from './udp.ts'

/** What a router wants of TLS. */
export interface SnapshotRouterTls {
  /** Name of the TLS options. */
  readonly options: string
  /** The resolver that gets certificates for it. */
  readonly certResolver?: string
  /** A certificate for each of these sets of names; absent where the rule says which. */
  readonly domains?: readonly (readonly string[])[]
}

/** A router as the data plane needs it: every name qualified, entry-point defaults applied, priority computed. */
export interface SnapshotRouter {
  /** Empty for a router with parents. */
  readonly entryPoints: readonly string[]
  /** Routers whose requests this one routes further, behind their middlewares; absent where it gets those of entry points. */
  readonly parents?: readonly string[]
  readonly rule: string
  readonly ruleSyntax: RuleSyntax
  /** A default rule has made it; absent for all others. */
  readonly isByDefault?: true
  /** int64: may be as large as 9223372036854775807. */
  readonly priority: bigint
  /** Place of the provider in `providers.precedence`: breaks ties, lower wins. */
  readonly rank: number
  readonly middlewares: readonly string[]
  /** Characters whose escapes its entry point does not allow in paths; absent where it allows all. */
  readonly deniedCharacters?: readonly string[]
  /** Absent where the routers answer that have this one as a parent. */
  readonly service?: string
  /** Its requests are not counted; absent for all others. */
  readonly unmeasured?: true
  /** Present where it answers TLS requests, and only those; `options` is the name of its TLS options. */
  readonly tls?: SnapshotRouterTls
}

/** What is live of raw TCP and UDP. */
export interface StreamRecords {
  readonly tcpRouters: Readonly<Record<string, SnapshotTcpRouter>>
  readonly tcpServices: Readonly<Record<string, TcpService>>
  readonly tcpMiddlewares: Readonly<Record<string, TcpMiddleware>>
  readonly tcpServersTransports: Readonly<Record<string, TcpServersTransport>>
  readonly udpRouters: Readonly<Record<string, SnapshotUdpRouter>>
  readonly udpServices: Readonly<Record<string, UdpService>>
}

/**
 * All dynamic configuration that is live, as plain data: what crosses to the worker threads. Keys and references are
 * qualified names (`name@provider`). Never edited, only replaced.
 */
export interface Snapshot {
  readonly revision: number
  /** Digest of everything but the revision: equal fingerprints behave alike. */
  readonly fingerprint: string
  readonly routers: Readonly<Record<string, SnapshotRouter>>
  readonly services: Readonly<Record<string, Service>>
  readonly middlewares: Readonly<Record<string, Middleware>>
  readonly serversTransports: Readonly<Record<string, ServersTransport>>
  /** Where in the memory that all threads share the state of its elements lies, by key; filled in when it is published. */
  readonly cells: Readonly<Record<string, number>>
  /** Absent where nothing is served with TLS. */
  readonly tls?: TlsSettings
  /** Absent where nothing is served but HTTP. */
  readonly streams?: StreamRecords
}

/** What a snapshot says of the configuration itself. */
export type SnapshotContent = Omit<Snapshot, 'revision' | 'fingerprint' | 'cells'>

/** A snapshot whose routers are gone through and not looked up: of thousands, a record would have to list all names first. */
export type BuildInput = Omit<Snapshot, 'routers'> & { readonly routers: Iterable<readonly [name: string, router: SnapshotRouter]> }
