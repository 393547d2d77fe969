import { type ServersTransport, serversTransport as transportSchema } from '../config/servers-transport.ts'
import type { StaticConfiguration } from '../config/static.ts'
import { check } from '../schema/index.ts'
import { readAuthorities } from './authorities.ts'

/** What the static configuration has no words for. */
const UNSAID = check(transportSchema, {}).value

/** `default@internal`: how to connect to servers of services that name no transport. */
export function defaultTransportOf({ serversTransport }: StaticConfiguration): ServersTransport {
  const { insecureSkipVerify, rootCAs, maxIdleConnsPerHost, forwardingTimeouts } = serversTransport
  return {
    ...UNSAID,
    insecureSkipVerify,
    rootCAs: readAuthorities(rootCAs).texts,
    maxIdleConnsPerHost,
    forwardingTimeouts: { ...UNSAID.forwardingTimeouts, ...forwardingTimeouts },
  }
}
