import type { GatewayError } from '../errors.ts'
import type { Headers } from './headers.ts'

/** Hears the content of a request. A chunk is a view that is only valid during the call: copy what must be kept. */
export interface BodySink {
  onBodyData(chunk: Buffer): void
  /** `trailers` is undefined where the message carried none. */
  onBodyEnd(trailers: Headers | undefined): void
  /** The content will never be complete; whoever forwards it must not let it look complete. */
  onBodyError(error: GatewayError): void
}

/** The content of a request, not read before someone asks for it. */
export interface RequestBody {
  /** Declared octets, or -1 for chunked content. */
  readonly length: number
  /** Whether a sink was given: content can be read once. */
  readonly started: boolean
  /** Delivers what has arrived already before it returns, the rest as it comes. */
  start(sink: BodySink): void
  pause(): void
  resume(): void
}

/** Who sent the request, and to which listener. */
export interface Peer {
  readonly address: string
  readonly port: number
  readonly localAddress: string
  readonly localPort: number
}

/** What is known of the TLS connection that a request came on. */
export interface TlsFacts {
  /** The name that the client asked for in the handshake; '' where it named none. */
  readonly serverName: string
  /** Name of the TLS options that the handshake was done with. */
  readonly options: string
  /** `TLSv1.3`, … */
  readonly version: string
  /** Registered name of the cipher suite. */
  readonly cipher: string
  /** The certificate of the client as PEM, where one was asked for and given. */
  readonly clientCertificate: string | undefined
}

/** What happens once to a request that leaves for a server, however many servers are tried (RFC 9110 §7.6.1). */
export interface Departure {
  depart(request: RequestHead): void
}

const NO_PEER: Peer = { address: '', port: 0, localAddress: '', localPort: 0 }

/** The head of one request, and a handle on its content. Middlewares may change every field that is not readonly. */
export class RequestHead {
  method: string
  /** Path as sent on: escaped, starting with `/` (or `*`), without the query. */
  path: string
  /** What follows the first `?`, without it; undefined where there was none. */
  query: string | undefined = undefined
  /** 2 where it came on an HTTP/2 stream; everything else then reads as it would in HTTP/1.1. */
  versionMajor: 1 | 2 = 1
  /** 0 for HTTP/1.0, 1 for HTTP/1.1. */
  versionMinor: 0 | 1 = 1
  readonly headers: Headers
  /** The Host field (or the authority of an absolute target) as received, '' where there was none; it also stays in `headers`. */
  host = ''
  scheme: 'http' | 'https' = 'http'
  /** Lower-case protocol that the client asks to switch to (RFC 9110 §7.8), for instance `websocket`. */
  upgrade: string | undefined = undefined
  /** The client waits for `100 Continue` before it sends the content. */
  expectsContinue = false
  /** The client accepts trailers (`TE: trailers`). */
  acceptsTrailers = false
  /** The client keeps the connection open after this exchange. */
  keepAlive = true
  /** undefined: no content. */
  body: RequestBody | undefined = undefined
  peer: Peer = NO_PEER
  /** Undefined where it came in clear text. */
  tls: TlsFacts | undefined = undefined
  /** Name of the entry point that received it. */
  entryPoint = ''
  /** What is still to be done before it goes to a server; undefined once the first server that is tried has done it. */
  departure: Departure | undefined = undefined

  /** Whom earlier attempts were given to, where there may be several: balancers prefer others. Shared by all attempts. */
  tried: object[] | undefined = undefined
  /** Its router wants nothing of it counted, nor do the services behind. */
  isUnmeasured = false

  constructor(method: string, path: string, headers: Headers) {
    this.method = method
    this.path = path
    this.headers = headers
  }

  /** The same request for another one who answers: it may change its head as it likes, and shares the content. */
  clone(): RequestHead {
    const headers = this.headers.clone()
    return Object.assign(new RequestHead(this.method, this.path, headers), this, { headers })
  }

  /** Path and query, as they stand in a request line. */
  get target(): string {
    return this.query === undefined ? this.path : `${this.path}?${this.query}`
  }
}
