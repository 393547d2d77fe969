import { type ClientHttp2Session, type ClientHttp2Stream, connect, constants } from 'node:http2'
import { Server, ServerCredentials, type ServerDuplexStream } from '@grpc/grpc-js'
import { expect, test } from 'vitest'
import { startGateway } from '../harness/gateway.ts'

const SESSIONS = 50
const STREAMS_EACH = 200
const MESSAGES = 3

const asIs = (message: Buffer): Buffer => message

/** A gRPC server that sends every message back. */
async function startEcho(): Promise<{ readonly port: number } & Disposable> {
  const server = new Server()
  const shape = { requestSerialize: asIs, requestDeserialize: asIs, responseSerialize: asIs, responseDeserialize: asIs }
  server.addService(
    { echo: { path: '/test.Echo/Each', requestStream: true, responseStream: true, ...shape } },
    {
      echo(call: ServerDuplexStream<Buffer, Buffer>) {
        call.on('data', (message: Buffer) => call.write(message))
        call.on('end', () => call.end())
        call.on('error', () => {})
      },
    },
  )
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) => (error ? reject(error) : resolve(bound)))
  })
  return { port, [Symbol.dispose]: () => server.forceShutdown() }
}

const dynamicFor = (port: number): string => `
http:
  routers:
    all: { rule: "PathPrefix(\`/\`)", service: echo }
  services:
    echo: { loadBalancer: { servers: [{ url: "h2c://127.0.0.1:${port}" }] } }
`

/** A message with its prefix: not compressed, so many octets. */
function framed(text: string): Buffer {
  const message = Buffer.alloc(5 + text.length)
  message.writeUInt32BE(text.length, 1)
  message.write(text, 5)
  return message
}

/** One call on a session of its own or of others: every message is sent when the one before has come back. */
class Call {
  readonly #stream: ClientHttp2Stream
  readonly #done = Promise.withResolvers<string>()
  #received = Buffer.alloc(0)
  #wake: (() => void) | undefined
  #status = ''

  constructor(session: ClientHttp2Session) {
    this.#stream = session.request({
      [constants.HTTP2_HEADER_METHOD]: 'POST',
      [constants.HTTP2_HEADER_PATH]: '/test.Echo/Each',
      'content-type': 'application/grpc',
      te: 'trailers',
    })
    this.#stream.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk])
      this.#wake?.()
    })
    this.#stream.on('trailers', (trailers) => {
      this.#status = String(trailers['grpc-status'])
    })
    this.#stream.on('close', () => this.#done.resolve(this.#status))
    this.#stream.on('error', () => {})
  }

  /** Resolves to the message that came back. */
  async exchange(text: string): Promise<string> {
    this.#stream.write(framed(text))
    while (this.#received.length < 5 || this.#received.length < 5 + this.#received.readUInt32BE(1)) {
      if (this.#stream.closed) throw new Error(`the call has ended with ${this.#stream.rstCode}`)
      await new Promise<void>((resolve) => {
        this.#wake = resolve
        this.#stream.once('close', resolve)
      })
    }
    const length = this.#received.readUInt32BE(1)
    const echoed = this.#received.toString('latin1', 5, 5 + length)
    this.#received = this.#received.subarray(5 + length)
    return echoed
  }

  /** Resolves to the status in the trailers. */
  finish(): Promise<string> {
    this.#stream.end()
    return this.#done.promise
  }
}

for (const workers of [1, 4]) {
  test(`10,000 calls at the same time: each message returns before the next is sent, in order (${workers} workers)`, async () => {
    using echo = await startEcho()
    await using gateway = await startGateway({ dynamic: dynamicFor(echo.port), workers })
    const sessions = Array.from({ length: SESSIONS }, () => connect(`http://127.0.0.1:${gateway.port}`))
    for (const session of sessions) session.on('error', () => {})
    try {
      const calls = sessions.flatMap((session) => Array.from({ length: STREAMS_EACH }, () => new Call(session)))
      for (let round = 0; round < MESSAGES; round++) {
        const echoed = await Promise.all(calls.map((call, index) => call.exchange(`${index}/${round}`)))
        expect(echoed.findIndex((text, index) => text !== `${index}/${round}`)).toBe(-1)
      }
      const statuses = await Promise.all(calls.map((call) => call.finish()))
      expect(new Set(statuses)).toEqual(new Set(['0']))
    } finally {
      for (const session of sessions) session.destroy()
    }
  }, 120_000)
}
