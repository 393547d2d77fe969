import { createServer, type IncomingMessage, ServerResponse } from 'node:http'
import { contentOf, FakeSocket, LARGEST_HEAD } from './fake-socket.ts'
import { type ComparedMessage, type ComparedReading, withoutFraming } from './reading.ts'

interface Conversation {
  readonly heard: { readonly request: IncomingMessage; readonly response: ServerResponse }[]
  refusal: string | undefined
}

const conversations = new WeakMap<object, Conversation>()

/** The server answers on its own only to refuse, and never says so otherwise. */
class RefusalNoticed extends ServerResponse {
  override writeHead(...parts: unknown[]): this {
    const conversation = conversations.get(this.req.socket)
    if (conversation !== undefined) conversation.refusal ??= `status ${parts[0]}`
    return super.writeHead(...(parts as [number]))
  }
}

const server = createServer({
  requireHostHeader: true,
  insecureHTTPParser: false,
  maxHeaderSize: LARGEST_HEAD,
  ServerResponse: RefusalNoticed,
})
for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, hear)
server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
  const conversation = conversations.get(socket)
  if (conversation !== undefined) conversation.refusal ??= error.code ?? error.message
})

/** Behind a request without Host node:http reads on, although it closes the connection. */
function hear(request: IncomingMessage, response: ServerResponse): void {
  const conversation = conversations.get(request.socket)
  if (conversation?.refusal === undefined) conversation?.heard.push({ request, response })
}

/** What a strict node:http server makes of requests that come in these pieces. */
export function nodeReadsRequests(pieces: readonly Buffer[]): ComparedReading {
  const socket = new FakeSocket()
  const conversation: Conversation = { heard: [], refusal: undefined }
  conversations.set(socket, conversation)
  server.emit('connection', socket)
  const completeBehind = pieces.map((piece) => {
    if (conversation.refusal === undefined) socket.emit('data', piece)
    return conversation.heard.filter(({ request }) => request.complete).length
  })
  const { refusal } = conversation
  if (refusal === undefined) socket.emit('end')
  const messages = conversation.heard.map(({ request, response }) => messageOf(request, response))
  socket.destroy()
  return { messages, infos: [], refusal, completeBehind }
}

function messageOf(request: IncomingMessage, response: ServerResponse): ComparedMessage {
  return {
    start: `${request.method} ${request.url} HTTP/${request.httpVersion}`,
    fields: withoutFraming(request.rawHeaders),
    content: contentOf(request),
    trailers: request.rawTrailers,
    complete: request.complete,
    keepAlive: response.shouldKeepAlive,
  }
}
