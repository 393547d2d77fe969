import type { Socket } from 'node:net'
import type { TLSSocket } from 'node:tls'
import type { Dispatcher } from 'undici'
import { dial, type Endpoint, isSecure } from './dial.ts'

/** One request of a check. */
export interface CheckRequest extends Endpoint {
  readonly method: string
  /** Host field; undefined for that of the URL. */
  readonly host: string | undefined
  readonly fields: readonly (readonly [name: string, value: string])[]
  /** HTTP/2 without TLS, by prior knowledge (RFC 9113 §3.3). */
  readonly isHttp2: boolean
}

/** What a check wants to know of a response. */
export interface Answer {
  readonly status: number
  readonly location: string | undefined
}

/** Sends one request on a connection of its own, which is closed when this settles. */
export async function exchange(request: CheckRequest, signal: AbortSignal): Promise<Answer> {
  // A gateway without health checks does not pay for loading it.
  const { Client } = await import('undici')
  signal.throwIfAborted()
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const reader = new AnswerReader(resolve, reject)
  const onAbort = (): void => reader.fail(signal.reason)
  signal.addEventListener('abort', onAbort, { once: true })
  let socket: Socket | undefined
  // No pipelining is also no keep-alive. The signal is the only clock.
  const client = new Client(request.url.origin, {
    pipelining: 0,
    headersTimeout: 0,
    bodyTimeout: 0,
    connect: (_, callback) => {
      socket = open(request, (error) => (error === null ? callback(null, socket as Socket) : callback(error, null)))
    },
  })
  try {
    const { url, method, host, fields } = request
    const headers = [...fields, ...(host === undefined ? [] : [['host', host] as const])].flat()
    client.dispatch({ method, path: url.pathname + url.search, headers }, reader)
    return await promise
  } finally {
    signal.removeEventListener('abort', onAbort)
    await client.destroy()
    socket?.destroy()
  }
}

function open(request: CheckRequest, callback: (error: Error | null) => void): Socket {
  const socket = dial(request)
  // The client looks here for what to speak, with and without TLS.
  if (request.isHttp2) (socket as TLSSocket).alpnProtocol = 'h2'
  socket.once('error', callback)
  // A reset after the answer must not end the process.
  socket.on('error', () => {})
  return socket.once(isSecure(request.url) ? 'secureConnect' : 'connect', () => {
    socket.off('error', callback)
    callback(null)
  })
}

/** How much of a body is read so that the server can finish it in peace. */
const BODY_BOUND = 64 * 1024

/** Keeps the head of a response and lets its body pass, up to a bound. */
class AnswerReader implements Dispatcher.DispatchHandler {
  readonly #resolve: (answer: Answer) => void
  readonly #reject: (reason: unknown) => void
  #answer: Answer | undefined
  #octets = 0

  constructor(resolve: (answer: Answer) => void, reject: (reason: unknown) => void) {
    this.#resolve = resolve
    this.#reject = reject
  }

  onRequestStart(): void {}

  onResponseStart(
    _: Dispatcher.DispatchController,
    status: number,
    { location }: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    if (status >= 200) this.#answer = { status, location: Array.isArray(location) ? location[0] : location }
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#octets += chunk.length
    if (this.#octets > BODY_BOUND && this.#answer !== undefined) this.#resolve(this.#answer)
  }

  onResponseEnd(): void {
    if (this.#answer !== undefined) this.#resolve(this.#answer)
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.fail(error)
  }

  /** The exchange ends early: what has been said before still counts. */
  fail(reason: unknown): void {
    if (this.#answer === undefined) this.#reject(reason)
    else this.#resolve(this.#answer)
  }
}
