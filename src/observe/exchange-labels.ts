import type { RequestHead } from '../http/request.ts'

/** Methods that have a label of their own; what clients make up must not become one each. */
const METHODS = ['EXTENSION_METHOD', 'GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'CONNECT', 'OPTIONS', 'TRACE', 'PATCH', 'PRI'] as const

const PROTOCOLS = ['http', 'websocket', 'sse', 'grpc', 'grpc-web'] as const

const PLACES: ReadonlyMap<string, number> = new Map(METHODS.map((method, place) => [method, place]))

const [HTTP, WEBSOCKET, SSE, GRPC, GRPC_WEB] = [0, 1, 2, 3, 4]

/** Method and protocol of a request as one small number. */
export function traitsOf(request: RequestHead): number {
  const method = PLACES.get(request.method) ?? 0
  return method * PROTOCOLS.length + protocolOf(request)
}

/** A frame of gRPC-Web: flags and length; this flag says that trailers follow. */
const FRAME_HEAD = 5
const TRAILER_FLAG = 0x80
/** The same in base64. */
const BASE64_TRAILER = Buffer.from('gA')

const LONGEST_TRAILER = 16_384

/** Those of a request that could not be read. */
export const UNREAD_TRAITS = HTTP

/** Whether the outcome stands in `Grpc-Status`. */
export function isGrpc(traits: number): boolean {
  return traits % PROTOCOLS.length >= GRPC
}

/** The labels behind the number. */
export function traitLabels(traits: number): { readonly method: string; readonly protocol: string } {
  const method = METHODS[Math.floor(traits / PROTOCOLS.length)] as string
  return { method, protocol: PROTOCOLS[traits % PROTOCOLS.length] as string }
}

/** How many numbers there are. */
export const TRAITS = METHODS.length * PROTOCOLS.length

/** One look at all names: most differ in length already. */
function protocolOf({ upgrade, headers: { raw } }: RequestHead): number {
  if (upgrade === 'websocket') return WEBSOCKET
  let found = HTTP
  for (let index = 0; index < raw.length; index += 2) {
    const name = raw[index] as string
    if (name.length === 6) {
      if (isField(name, 'accept') && acceptsEvents(raw[index + 1] as string)) return SSE
    } else if (name.length === 12 && isField(name, 'content-type')) found = grpcOf(raw[index + 1] as string)
  }
  return found
}

function isField(name: string, lowerName: string): boolean {
  return name === lowerName || name.toLowerCase() === lowerName
}

const EVENTS = 'text/event-stream'

function acceptsEvents(accept: string): boolean {
  if (!accept.includes(EVENTS)) return false
  return accept === EVENTS || accept.split(',').some((item) => item.trim() === EVENTS)
}

function grpcOf(contentType: string): number {
  if (!contentType.startsWith('application/grpc')) return HTTP
  return contentType.startsWith('application/grpc-web') ? GRPC_WEB : GRPC
}

/** Whether the outcome may stand at the end of the content. */
export function isGrpcWeb(traits: number): boolean {
  return traits % PROTOCOLS.length === GRPC_WEB
}

/** What stands in a frame of trailers, where a chunk is one; the middleware that makes it from trailers sends it by itself. */
export function grpcStatusIn(chunk: Buffer): string | undefined {
  const isText = chunk[0] === BASE64_TRAILER[0] && chunk[1] === BASE64_TRAILER[1]
  if (chunk.length > LONGEST_TRAILER || (!isText && chunk[0] !== TRAILER_FLAG)) return undefined
  const frame = isText ? Buffer.from(chunk.toString('latin1'), 'base64') : chunk
  return /^grpc-status:[ \t]*(\d+)/im.exec(frame.toString('latin1', FRAME_HEAD))?.[1]
}

/** What a call says of its outcome: 2 (unknown) where it says nothing. */
export function grpcCode(status: string | undefined): number {
  return status !== undefined && /^\d{1,3}$/.test(status) ? Number(status) : 2
}
