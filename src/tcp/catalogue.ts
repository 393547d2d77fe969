import type { TcpMiddlewareDefinition } from './definition.ts'
import { inFlightConn } from './in-flight-conn.ts'
import { ipAllowList, ipWhiteList } from './ip-allow-list.ts'

/** Every kind of TCP middleware, by its key in the configuration: the only list. */
export const tcpMiddlewareCatalogue = { inFlightConn, ipAllowList, ipWhiteList } satisfies Record<string, TcpMiddlewareDefinition>
