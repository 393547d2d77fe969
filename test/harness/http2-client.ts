import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { type ClientHttp2Session, type ClientHttp2Stream, connect, type OutgoingHttpHeaders } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Clock } from '../../src/runtime/clock.ts'
import { type DataPlaneOptions, startDataPlane } from './data-plane.ts'

interface TestOrigin extends AsyncDisposable {
  readonly url: string
}

/** An HTTP/1.1 server on a free port of 127.0.0.1. */
export async function startOrigin(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
  prepare?: (server: Server) => void,
): Promise<TestOrigin> {
  const server = createServer(answer)
  prepare?.(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

interface Session extends AsyncDisposable {
  readonly session: ClientHttp2Session
  readonly plane: Awaited<ReturnType<typeof startDataPlane>>
}

/** A gateway in front of an origin, and a client that speaks HTTP/2 with it in clear text. */
export async function inFrontOf(origin: { readonly url: string }, options: Partial<DataPlaneOptions> = {}): Promise<Session> {
  const plane = await startDataPlane({ urls: [origin.url], ...options }, new Clock())
  const session = connect(`http://127.0.0.1:${plane.port}`)
  session.on('error', () => {})
  return {
    session,
    plane,
    async [Symbol.asyncDispose]() {
      session.destroy()
      await plane[Symbol.asyncDispose]()
    },
  }
}

interface Answer {
  readonly headers: Record<string, unknown>
  readonly text: string
  readonly trailers: Record<string, unknown>
}

/** Reads a response to its end. */
export async function answerOf(stream: ClientHttp2Stream): Promise<Answer> {
  const answer = { headers: {}, text: '', trailers: {} }
  stream.on('response', (headers) => {
    answer.headers = { ...headers }
  })
  stream.on('trailers', (trailers) => {
    answer.trailers = { ...trailers }
  })
  answer.text = Buffer.concat(await stream.toArray()).toString()
  return answer
}

/** Sends one request and reads its response. */
export function send(session: ClientHttp2Session, headers: OutgoingHttpHeaders, body?: string): Promise<Answer> {
  const stream = session.request(headers, { endStream: body === undefined })
  if (body !== undefined) stream.end(body)
  return answerOf(stream)
}
