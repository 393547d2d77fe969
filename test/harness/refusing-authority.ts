import { createServer, type ServerResponse } from 'node:http'

export interface RefusingAuthority extends AsyncDisposable {
  readonly directory: string
  /** Orders that were asked for. */
  orders: number
}

/** An authority that takes every account and refuses every order. */
export async function startRefusing(refuse: (response: ServerResponse) => void): Promise<RefusingAuthority> {
  const server = createServer((request, response) => {
    const { port } = server.address() as { port: number }
    const at = (path: string): string => `http://127.0.0.1:${port}${path}`
    response.setHeader('Replay-Nonce', 'bm9uY2U')
    request.resume()
    if (request.url === '/dir') response.end(JSON.stringify({ newNonce: at('/nonce'), newAccount: at('/account'), newOrder: at('/order') }))
    else if (request.url === '/account') response.writeHead(201, { Location: at('/account/1') }).end('{"status":"valid"}')
    else if (request.url === '/order') {
      authority.orders += 1
      refuse(response)
    } else response.end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const authority: RefusingAuthority = {
    directory: `http://127.0.0.1:${(server.address() as { port: number }).port}/dir`,
    orders: 0,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return authority
}

/** The answer of one that has issued enough, and wants to be left alone for ten hours. */
export const limited = (response: ServerResponse): void => {
  response.writeHead(429, { 'Retry-After': '36000', 'Content-Type': 'application/problem+json' })
  response.end(JSON.stringify({ type: 'urn:ietf:params:acme:error:rateLimited', detail: 'too many certificates already issued' }))
}
