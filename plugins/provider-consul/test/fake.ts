import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** A question that a fake agent got, and the way to answer it. */
export interface Asked {
  readonly path: string
  readonly query: URLSearchParams
  readonly headers: IncomingMessage['headers']
  /** Undefined for a question that does not wait. */
  readonly index: number | undefined
  answer(index: number | undefined, body: unknown, more?: { readonly status?: number; readonly headers?: Record<string, string> }): void
}

/** An agent that says what a real one says only on bad days; what is not answered waits. */
export async function fakeAgent(hear: (asked: Asked) => void): Promise<AsyncDisposable & { readonly address: string }> {
  const server = createServer((request, response) => hear(askedBy(request, response)))
  const { promise, resolve } = Promise.withResolvers<void>()
  server.listen(0, '127.0.0.1', resolve)
  await promise
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      server.close()
    },
  }
}

function askedBy(request: IncomingMessage, response: ServerResponse): Asked {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://consul.test')
  const index = searchParams.get('index')
  return {
    path: decodeURIComponent(pathname),
    query: searchParams,
    headers: request.headers,
    index: index === null ? undefined : Number(index),
    answer(newIndex, body, { status = 200, headers = {} } = {}) {
      const indexed = newIndex === undefined ? {} : { 'x-consul-index': String(newIndex) }
      response.writeHead(status, { 'content-type': 'application/json', ...indexed, ...headers })
      response.end(JSON.stringify(body))
    },
  }
}

/** A store that holds one router, as an agent lists it. */
export function valuesOf(rule: string): readonly object[] {
  return [{ Key: 'gateway/http/routers/shop/rule', Value: Buffer.from(rule).toString('base64') }]
}
