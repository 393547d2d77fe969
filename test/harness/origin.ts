import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createSecureServer, type ServerOptions } from 'node:https'
import type { AddressInfo } from 'node:net'

/** A request with all of its content. */
export interface Seen {
  readonly method: string
  readonly url: string
  readonly incoming: IncomingMessage
  readonly content: string
}

export interface Origin extends AsyncDisposable {
  readonly url: string
  readonly server: Server
  /** Every request, once its content was complete. */
  readonly seen: readonly Seen[]
}

/**
 * Starts a real HTTP server on a free port of 127.0.0.1, over TLS where options for it are given; without a handler it answers
 * with its name when the request is complete.
 */
export async function startOrigin(
  name: string,
  handler?: (seen: Seen, response: ServerResponse) => void,
  tls?: ServerOptions,
): Promise<Origin> {
  const seen: Seen[] = []
  const listener = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    try {
      const content = Buffer.concat(await incoming.toArray()).toString('latin1')
      const one = { method: incoming.method ?? '', url: incoming.url ?? '', incoming, content }
      seen.push(one)
      if (handler === undefined) response.end(name)
      else handler(one, response)
    } catch {
      // The client went away in the middle of its content.
      response.destroy()
    }
  }
  const server = tls === undefined ? createServer(listener) : createSecureServer(tls, listener)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    url: `${tls === undefined ? 'http' : 'https'}://127.0.0.1:${port}`,
    server,
    seen,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
