const GRPC = 'application/grpc'
const WEB = `${GRPC}-web`
const TEXT = `${WEB}-text`

export function isGrpcWeb(mediaType: string): boolean {
  return mediaType.slice(0, WEB.length).toLowerCase() === WEB
}

/** Whether the content is text: its octets in Base64. */
export function isText(mediaType: string): boolean {
  return mediaType.slice(0, TEXT.length).toLowerCase() === TEXT
}

/** The type of the same content as servers know it: `application/grpc+proto`. */
export function asGrpc(mediaType: string): string {
  return GRPC + mediaType.slice(kindOf(mediaType).length)
}

/** The type of what a server answers as the client asked for it. */
export function asAsked(answered: string, asked: string): string {
  return answered.slice(0, GRPC.length).toLowerCase() === GRPC ? kindOf(asked) + answered.slice(GRPC.length) : answered
}

function kindOf(mediaType: string): string {
  return isText(mediaType) ? TEXT : WEB
}
