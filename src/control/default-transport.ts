import type { ServersTransport } from '../config/dynamic.ts'
import type { StaticConfiguration } from '../config/static.ts'
import { readAuthorities } from './authorities.ts'

/** `default@internal`: how to connect to servers of services that name no transport. */
export function defaultTransportOf({ serversTransport }: StaticConfiguration): ServersTransport {
  const { insecureSkipVerify, rootCAs, maxIdleConnsPerHost, forwardingTimeouts } = serversTransport
  return { insecureSkipVerify, rootCAs: readAuthorities(rootCAs).texts, maxIdleConnsPerHost, forwardingTimeouts }
}
