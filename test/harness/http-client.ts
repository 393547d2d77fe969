import { type IncomingHttpHeaders, type OutgoingHttpHeaders, request as sendRequest } from 'node:http'
import { connect } from 'node:net'
import { responsesIn } from './response-count.ts'

export interface RequestOptions {
  readonly method?: string
  /** Replaces the path of the URL, and is sent as it is written here. */
  readonly path?: string
  /** An object, or a flat list `name, value, …` that keeps order, spelling and repeats, and has to name Host itself. */
  readonly headers?: OutgoingHttpHeaders | readonly string[]
  readonly body?: string | Uint8Array
  readonly withinMs?: number
}

export interface Response {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Flat list `name, value, …` as received. */
  readonly rawHeaders: readonly string[]
  readonly rawTrailers: readonly string[]
  readonly body: Buffer
  /** The body as UTF-8. */
  readonly text: string
}

export interface ExchangeOptions {
  /** Ends the exchange after this many final responses, or when the function says so; else the other side ends it. */
  readonly until?: number | ((received: Buffer) => boolean)
  /** Sends FIN after the bytes. */
  readonly end?: boolean
  readonly withinMs?: number
}

const WITHIN_MS = 5_000

/** Sends one request on a connection of its own, to a port of 127.0.0.1 or to a URL, and reads the whole response. */
export function request(target: number | string | URL, options: RequestOptions = {}): Promise<Response> {
  const url = new URL(typeof target === 'number' ? `http://127.0.0.1:${target}` : target)
  const { promise, resolve, reject } = Promise.withResolvers<Response>()
  const outgoing = sendRequest(url, {
    agent: false,
    signal: AbortSignal.timeout(options.withinMs ?? WITHIN_MS),
    method: options.method ?? 'GET',
    path: options.path ?? url.pathname + url.search,
    headers: options.headers ?? {},
  })
  outgoing.once('error', reject)
  outgoing.once('response', async (incoming) => {
    try {
      const body = Buffer.concat(await incoming.toArray())
      const { statusCode: status = 0, headers, rawHeaders, rawTrailers } = incoming
      resolve({ status, headers, rawHeaders, rawTrailers, body, text: body.toString() })
    } catch (error) {
      reject(error)
    }
  })
  outgoing.end(options.body)
  return promise
}

/**
 * Sends bytes to a port of 127.0.0.1 and returns all that comes back until the other side closes, or `until`.
 * A reset counts as a close: what was received before it is the answer.
 */
export async function rawExchange(port: number, bytes: string | Uint8Array, options: ExchangeOptions = {}): Promise<Buffer> {
  const { until = () => false, end = false, withinMs = WITHIN_MS } = options
  const isComplete = typeof until === 'number' ? (received: Buffer) => responsesIn(received) >= until : until
  const { promise, resolve, reject } = Promise.withResolvers<Buffer>()

  let received = Buffer.alloc(0)
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true })
  const late = setTimeout(() => reject(new Error(`the exchange did not end within ${withinMs} ms, received:\n${received}`)), withinMs)
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    if (isComplete(received)) resolve(received)
  })
  socket.once('end', () => resolve(received))
  socket.once('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNREFUSED' ? reject(error) : resolve(received)))
  socket.once('connect', () => (end ? socket.end(bytes) : socket.write(bytes)))

  try {
    return await promise
  } finally {
    clearTimeout(late)
    socket.destroy()
  }
}
