/** What a code means: the status a client sees, whose fault it is (decides log level and retry), and the fixed text. */
interface CodeFacts {
  readonly status: number
  readonly fault: 'config' | 'client' | 'upstream' | 'gateway'
  readonly text: string
}

/** Every error of the product. A code is never reused for another meaning. */
export const CODES = {
  GTW_CONFIG_INVALID: { status: 500, fault: 'config', text: 'the configuration is not valid' },
  GTW_CONFIG_UNREADABLE: { status: 500, fault: 'config', text: 'the configuration cannot be read' },
  GTW_LISTEN_FAILED: { status: 500, fault: 'config', text: 'the entry point cannot listen' },

  GTW_REQUEST_LINE_INVALID: { status: 400, fault: 'client', text: 'the request line is not valid' },
  GTW_METHOD_INVALID: { status: 400, fault: 'client', text: 'the method is not valid' },
  GTW_METHOD_TOO_LONG: { status: 501, fault: 'client', text: 'the method is too long' },
  GTW_METHOD_REFUSED: { status: 405, fault: 'client', text: 'the method is not served' },
  GTW_CONNECT_REFUSED: { status: 501, fault: 'client', text: 'CONNECT is not served' },
  GTW_TARGET_INVALID: { status: 400, fault: 'client', text: 'the request target is not valid' },
  GTW_TARGET_TOO_LONG: { status: 414, fault: 'client', text: 'the request target is too long' },
  GTW_VERSION_INVALID: { status: 400, fault: 'client', text: 'the HTTP version is not valid' },
  GTW_VERSION_UNSUPPORTED: { status: 505, fault: 'client', text: 'the HTTP version is not supported' },
  GTW_HOST_INVALID: { status: 400, fault: 'client', text: 'the Host field is not valid' },
  GTW_HEADER_INVALID: { status: 400, fault: 'client', text: 'a header field is not valid' },
  GTW_HEAD_TOO_LARGE: { status: 431, fault: 'client', text: 'the request head is too large' },
  GTW_CONTENT_LENGTH_INVALID: { status: 400, fault: 'client', text: 'Content-Length is not valid' },
  GTW_CONTENT_LENGTH_CONFLICT: { status: 400, fault: 'client', text: 'Content-Length is given more than once' },
  GTW_CONTENT_TOO_LARGE: { status: 413, fault: 'client', text: 'the content is too large' },
  GTW_CONTENT_NOT_KEPT: { status: 413, fault: 'client', text: 'the content is too large to be sent again' },
  GTW_FRAMING_CONFLICT: { status: 400, fault: 'client', text: 'Content-Length and Transfer-Encoding are both given' },
  GTW_TRANSFER_ENCODING_INVALID: { status: 400, fault: 'client', text: 'Transfer-Encoding is not valid' },
  GTW_TRANSFER_ENCODING_UNSUPPORTED: { status: 501, fault: 'client', text: 'the transfer coding is not supported' },
  GTW_CHUNK_INVALID: { status: 400, fault: 'client', text: 'a chunk is not valid' },
  GTW_TRAILER_TOO_LARGE: { status: 431, fault: 'client', text: 'the trailer section is too large' },
  GTW_EXPECTATION_FAILED: { status: 417, fault: 'client', text: 'the expectation is not known' },
  GTW_UPGRADE_INVALID: { status: 400, fault: 'client', text: 'the upgrade request is not valid' },
  GTW_REQUEST_INCOMPLETE: { status: 400, fault: 'client', text: 'the request ended before it was complete' },
  GTW_REQUEST_TIMEOUT: { status: 408, fault: 'client', text: 'the request took too long to arrive' },
  GTW_CLIENT_GONE: { status: 499, fault: 'client', text: 'the client went away' },

  GTW_MISDIRECTED: { status: 421, fault: 'client', text: 'the connection was made for another host' },
  GTW_RECURSION: { status: 400, fault: 'config', text: 'the request came back to the router that sent it' },
  GTW_NO_ROUTER: { status: 404, fault: 'client', text: 'no router matches the request' },
  GTW_NO_SERVER: { status: 503, fault: 'upstream', text: 'no server is available' },
  GTW_NO_SERVICE: { status: 503, fault: 'upstream', text: 'neither the service nor its fallback is available' },
  GTW_UPSTREAM_REFUSED: { status: 502, fault: 'upstream', text: 'the server refused the connection' },
  GTW_UPSTREAM_UNREACHABLE: { status: 502, fault: 'upstream', text: 'the server cannot be reached' },
  GTW_UPSTREAM_DNS: { status: 502, fault: 'upstream', text: 'the name of the server cannot be resolved' },
  GTW_UPSTREAM_TLS: { status: 502, fault: 'upstream', text: 'the TLS handshake with the server failed' },
  GTW_UPSTREAM_CLOSED: { status: 502, fault: 'upstream', text: 'the server closed the connection early' },
  GTW_UPSTREAM_RESET: { status: 502, fault: 'upstream', text: 'the server reset the connection' },
  GTW_UPSTREAM_INVALID: { status: 502, fault: 'upstream', text: 'the response of the server is not valid' },
  GTW_UPSTREAM_DIAL_TIMEOUT: { status: 504, fault: 'upstream', text: 'the server did not accept the connection in time' },
  GTW_UPSTREAM_TIMEOUT: { status: 504, fault: 'upstream', text: 'the server did not answer in time' },
  GTW_ACME_STORAGE: { status: 500, fault: 'config', text: 'the storage of certificates cannot be used' },
  GTW_ACME_UNREACHABLE: { status: 502, fault: 'upstream', text: 'the authority of certificates cannot be reached' },
  GTW_ACME_REFUSED: { status: 502, fault: 'upstream', text: 'the authority gives no certificate' },
  GTW_ACME_CHALLENGE: { status: 502, fault: 'config', text: 'the names cannot be proven to be ours' },
  GTW_RATE_LIMIT_STORE: { status: 500, fault: 'gateway', text: 'the rate limit cannot be looked up' },
  GTW_MIDDLEWARE_FAILED: { status: 500, fault: 'gateway', text: 'a custom middleware failed' },
  GTW_MIDDLEWARE_TIMEOUT: { status: 504, fault: 'gateway', text: 'a custom middleware took too long' },
  GTW_INTERNAL: { status: 500, fault: 'gateway', text: 'the gateway failed' },
} as const satisfies Record<string, CodeFacts>

export type ErrorCode = keyof typeof CODES

/** An error with a stable code; `detail` says what exactly was wrong and never holds a secret. */
export class GatewayError extends Error {
  override readonly name = 'GatewayError'
  readonly code: ErrorCode
  /** Flat list of fields for the response that the error becomes: a cookie is set even where the server failed. */
  readonly responseFields: readonly string[]
  readonly #detail: string | undefined

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions & { readonly responseFields?: readonly string[] }) {
    super(detail === undefined ? CODES[code].text : `${CODES[code].text}: ${detail}`, options)
    this.code = code
    this.responseFields = options?.responseFields ?? []
    this.#detail = detail
  }

  /** The same error with one more field; a copy, as one error may end many exchanges. */
  withResponseField(name: string, value: string): GatewayError {
    return this.withResponseFields([...this.responseFields, name, value])
  }

  /** The same error with these fields and no others. */
  withResponseFields(responseFields: readonly string[]): GatewayError {
    return new GatewayError(this.code, this.#detail, { cause: this.cause, responseFields })
  }

  get status(): number {
    return CODES[this.code].status
  }
}
