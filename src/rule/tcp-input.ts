/** What the matchers of TCP routers look at. */
export interface TcpInput {
  /** Lower case, without a trailing dot; '' where the client named none or speaks no TLS. */
  readonly serverName: string
  /** Protocols that the client offers in TLS (RFC 7301). */
  readonly protocols: readonly string[]
  /** Of the client, or the one that the PROXY protocol announced. */
  readonly address: string
}
