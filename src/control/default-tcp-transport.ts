import type { StaticConfiguration } from '../config/static.ts'
import { type TcpServersTransport, tcpServersTransport as transportSchema } from '../config/tcp.ts'
import { check } from '../schema/index.ts'
import { readAuthorities } from './authorities.ts'

/** What the static configuration has no words for. */
const UNSAID = check(transportSchema, {}).value

/** `default@internal` of TCP: how to connect to servers of services that name no transport. */
export function defaultTcpTransportOf({ tcpServersTransport }: StaticConfiguration): TcpServersTransport {
  const { dialTimeout, dialKeepAlive, terminationDelay, tls } = tcpServersTransport
  const { insecureSkipVerify = false, rootCAs = [] } = tls ?? {}
  return {
    ...UNSAID,
    dialTimeout,
    dialKeepAlive,
    terminationDelay,
    tls: { ...UNSAID.tls, insecureSkipVerify, rootCAs: readAuthorities(rootCAs).texts },
  }
}
