import { createRequire } from 'node:module'
import { type Peer, startPeer } from './peer.ts'

const { resolve } = createRequire(import.meta.url)
const server = new URL('./http-proxy-3.mjs', import.meta.url).pathname

/** http-proxy-3, the proxy that many Node programs use, on the same Node as the gateway. */
export const httpProxy3: Peer = {
  name: 'http-proxy-3',
  missing: () => (manifest() === undefined ? 'http-proxy-3 is not installed' : undefined),
  version: async () => manifest()?.version ?? 'unknown',
  start: (place) => startPeer(place, [process.execPath, server, `${place.port}`, `${place.originPort}`]),
}

function manifest(): { version: string } | undefined {
  try {
    return createRequire(import.meta.url)(resolve('http-proxy-3/package.json'))
  } catch {
    return undefined
  }
}
