import type { TcpServersTransport } from '../config/tcp.ts'
import type { StreamAddress } from '../tcp/address.ts'

/** One server of a TCP service, and how to connect to it. */
export interface TcpTarget extends StreamAddress {
  readonly tls: boolean
  readonly transport: TcpServersTransport
}
