import type { DispatchController, DispatchHandler } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import type { Headers } from '../../http/headers.ts'
import { asAsked, isText } from './media-type.ts'

/** Of a frame that holds trailers. */
const TRAILER_FLAG = 0x80
const FRAME_HEAD = 5

/** Turns the response of a gRPC server into one that a browser can read: its trailers become the last frame of the content. */
export class GrpcWebHandler extends ForwardingHandler {
  /** The type that the client asked with. */
  readonly #mediaType: string
  readonly #isText: boolean
  readonly #fields: readonly string[]

  constructor(next: DispatchHandler, mediaType: string, fields: readonly string[]) {
    super(next)
    this.#mediaType = mediaType
    this.#isText = isText(mediaType)
    this.#fields = fields
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    const mediaType = headers.get('content-type')
    if (mediaType !== undefined) headers.set('Content-Type', asAsked(mediaType, this.#mediaType))
    headers.delete('trailer')
    headers.contentLength = -1
    headers.raw.push(...this.#fields)
    headers.append('Access-Control-Expose-Headers', exposed(headers))
    this.next.onResponseStart(controller, statusCode, headers)
  }

  override onResponseData(controller: DispatchController, chunk: Buffer): void {
    if (chunk.length > 0) this.next.onResponseData(controller, this.#isText ? toText(chunk) : chunk)
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    // A server that answers with nothing but its status has it in the head.
    if (trailers !== undefined) this.onResponseData(controller, trailerFrame(trailers))
    this.next.onResponseEnd(controller, undefined)
  }
}

/** Padding in between is allowed, so that nothing has to wait for more. */
function toText(chunk: Buffer): Buffer {
  return Buffer.from(chunk.toString('base64'), 'latin1')
}

/** Every name: a page could read but a few of them otherwise. */
function exposed({ raw }: Headers): string {
  const names = new Set<string>()
  for (let index = 0; index < raw.length; index += 2) names.add((raw[index] as string).toLowerCase())
  return [...names, 'grpc-status', 'grpc-message'].join(', ')
}

function trailerFrame({ raw }: Headers): Buffer {
  let text = ''
  for (let index = 0; index < raw.length; index += 2) text += `${(raw[index] as string).toLowerCase()}: ${raw[index + 1]}\r\n`
  const frame = Buffer.alloc(FRAME_HEAD + text.length)
  frame[0] = TRAILER_FLAG
  frame.writeUInt32BE(text.length, 1)
  frame.write(text, FRAME_HEAD, 'latin1')
  return frame
}
