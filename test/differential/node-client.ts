import { Agent, type ClientRequest, type IncomingMessage, type InformationEvent, request } from 'node:http'
import type { Question } from '../fuzz/read.ts'
import { contentOf, FakeSocket, LARGEST_HEAD } from './fake-socket.ts'
import { type ComparedMessage, type ComparedReading, withoutFraming } from './reading.ts'

/** A request that has been sent and waits for its response. */
export interface Asked {
  /** What a strict node:http client makes of a response that comes in these pieces; can be called once. */
  readonly reads: (pieces: readonly Buffer[]) => ComparedReading
}

/** Sends requests; node:http takes a turn of the event loop before it listens for the responses. */
export async function ask(questions: readonly Question[]): Promise<Asked[]> {
  const asked = questions.map((question) => new Conversation(question))
  await new Promise(setImmediate)
  return asked
}

/** Keeps connections, as the gateway does, so that node:http says when one must not be used again. */
class OneConnection extends Agent {
  readonly #socket: FakeSocket

  constructor(socket: FakeSocket) {
    super({ keepAlive: true })
    this.#socket = socket
  }

  override createConnection(): FakeSocket {
    return this.#socket
  }
}

class Conversation implements Asked {
  readonly #socket = new FakeSocket()
  readonly #request: ClientRequest
  readonly #infos: string[][] = []
  #response: IncomingMessage | undefined
  #switched = false
  #refusal: string | undefined

  constructor({ method, upgrade }: Question) {
    this.#request = request({
      method,
      agent: new OneConnection(this.#socket),
      insecureHTTPParser: false,
      maxHeaderSize: LARGEST_HEAD,
      ...(upgrade === undefined ? {} : { headers: { Connection: 'Upgrade', Upgrade: upgrade } }),
    })
    this.#request.on('information', (info) => this.#infos.push(infoOf(info)))
    this.#request.on('response', (response) => this.#take(response))
    this.#request.on('upgrade', (response) => {
      this.#switched = true
      this.#take(response)
    })
    this.#request.on('error', (error: NodeJS.ErrnoException) => {
      this.#refusal ??= error.code ?? error.message
    })
    this.#request.end()
  }

  reads(pieces: readonly Buffer[]): ComparedReading {
    const completeBehind = pieces.map((piece) => {
      if (this.#refusal === undefined && !this.#switched) this.#socket.emit('data', piece)
      return this.#complete ? 1 : 0
    })
    const refusal = this.#refusal
    if (refusal === undefined && !this.#switched) this.#socket.emit('end')
    const messages = this.#response === undefined ? [] : [this.#message(this.#response)]
    this.#socket.destroy()
    return { messages, infos: this.#infos, refusal, completeBehind }
  }

  #take(response: IncomingMessage): void {
    this.#response ??= response
    // A response that stays incomplete is an error of its own, which nobody here waits for.
    response.on('error', () => {})
  }

  get #complete(): boolean {
    return this.#switched || this.#response?.complete === true
  }

  #message(response: IncomingMessage): ComparedMessage {
    return {
      start: String(response.statusCode),
      fields: withoutFraming(response.rawHeaders),
      content: this.#switched ? '' : contentOf(response),
      trailers: response.rawTrailers,
      complete: this.#complete,
      keepAlive: this.#request.shouldKeepAlive,
    }
  }
}

function infoOf({ statusCode, rawHeaders }: InformationEvent): string[] {
  return [String(statusCode), ...withoutFraming(rawHeaders)]
}
