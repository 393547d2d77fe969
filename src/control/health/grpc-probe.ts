import { type ClientHttp2Stream, connect, type IncomingHttpHeaders } from 'node:http2'
import { checkUrl } from './check-url.ts'
import { dial } from './dial.ts'
import { servingStatusIn } from './grpc-message.ts'
import type { Target } from './target.ts'

/** A `HealthCheckRequest` that asks for the server as a whole has no fields: one frame, not compressed, without content. */
const ASK = Buffer.from([0, 0, 0, 0, 0])

/** The answer is one number; whatever takes more is none. */
const ANSWER_BOUND = 4096

/** Asks a server by `grpc.health.v1.Health/Check`; rejects with the reason when it does not serve. */
export async function probeGrpc(target: Target, signal: AbortSignal): Promise<void> {
  const { scheme, timeout } = target.options
  const url = checkUrl(target, scheme ?? 'http')
  const socket = dial({ url, tls: target.tls, protocols: ['h2'] })
  const session = connect(url.origin, { createConnection: () => socket, settings: { enablePush: false } })
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  session.on('error', reject)
  signal.addEventListener('abort', () => reject(signal.reason), { once: true })
  try {
    signal.throwIfAborted()
    const stream = session.request(requestHead(target, url, timeout))
    stream.end(ASK)
    readAnswer(stream).then(resolve, reject)
    await promise
  } finally {
    // What goes wrong from here on is nobody's business any more, and must not be an unhandled rejection either.
    promise.catch(() => {})
    session.destroy()
    socket.on('error', () => {}).destroy()
  }
}

function requestHead({ options: { hostname, headers } }: Target, url: URL, timeout: number): Record<string, string> {
  const metadata = Object.entries(headers ?? {}).map(([name, value]) => [name.toLowerCase(), value] as const)
  return {
    ...Object.fromEntries(metadata.filter(([name]) => name !== 'host')),
    ':method': 'POST',
    ':scheme': url.protocol.slice(0, -1),
    ':authority': hostname || url.host,
    ':path': '/grpc.health.v1.Health/Check',
    te: 'trailers',
    'content-type': 'application/grpc',
    ...(timeout > 0 ? { 'grpc-timeout': `${Math.min(Math.ceil(timeout), 99_999_999)}m` } : {}),
  }
}

function readAnswer(stream: ClientHttp2Stream): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  let head: IncomingHttpHeaders = {}
  let trailers: IncomingHttpHeaders = {}
  const chunks: Buffer[] = []
  let octets = 0
  stream.on('response', (received) => {
    head = received
  })
  stream.on('trailers', (received) => {
    trailers = received
  })
  stream.on('data', (chunk: Buffer) => {
    chunks.push(chunk)
    octets += chunk.length
    if (octets > ANSWER_BOUND) stream.destroy(new Error('its answer is too long'))
  })
  stream.on('error', reject)
  stream.on('close', () => {
    try {
      // A response without content has what else stands in the trailers in its head.
      judge(Number(head[':status']), { ...head, ...trailers }, Buffer.concat(chunks))
      resolve()
    } catch (error) {
      reject(error)
    }
  })
  return promise
}

const STATUS = { 0: 'UNKNOWN', 1: 'SERVING', 2: 'NOT_SERVING', 3: 'SERVICE_UNKNOWN' } as const satisfies Record<number, string>

function judge(status: number, fields: IncomingHttpHeaders, content: Buffer): void {
  if (Number.isNaN(status)) throw new Error('it ends the connection without an answer')
  if (status !== 200) throw new Error(`it answers with HTTP status ${status}`)
  const code = fields['grpc-status']
  if (code === undefined) throw new Error('it answers without a gRPC status')
  if (code !== '0') throw new Error(`it answers with gRPC status ${code} ${decoded(String(fields['grpc-message'] ?? ''))}`.trimEnd())
  const serving = servingStatusIn(content)
  if (serving !== 1) throw new Error(`it says ${STATUS[serving as keyof typeof STATUS] ?? serving}`)
}

function decoded(message: string): string {
  try {
    return decodeURIComponent(message)
  } catch {
    return message
  }
}
