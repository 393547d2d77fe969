import { caddy } from './caddy.ts'
import { gateway } from './gateway.ts'
import { haproxy } from './haproxy.ts'
import { httpProxy3 } from './http-proxy-3.ts'
import { nginx } from './nginx.ts'
import type { Peer } from './peer.ts'

/** In the order in which they are measured and printed. */
export const peers: readonly Peer[] = [gateway, nginx, haproxy, caddy, httpProxy3]
