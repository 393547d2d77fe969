import { aggregate, type Said } from '../../src/control/aggregator.ts'
import { defaultTransportOf } from '../../src/control/default-transport.ts'
import { verify } from '../../src/control/verify.ts'
import type { Dispatch, DispatchController, DispatchHandler, Tunnel } from '../../src/dispatch/dispatch.ts'
import { replyText } from '../../src/dispatch/reply.ts'
import { GatewayError } from '../../src/errors.ts'
import { Headers } from '../../src/http/headers.ts'
import { type BodySink, type RequestBody, RequestHead } from '../../src/http/request.ts'
import { build } from '../../src/runtime/build.ts'
import { Keeper } from '../../src/runtime/keeper.ts'
import { realTime } from '../../src/runtime/time.ts'
import { type Cells, privateCells } from '../../src/state/cells.ts'
import { staticOf } from './static.ts'

/** What reached a server, with all of its content. */
interface Received {
  readonly url: string
  readonly request: RequestHead
  readonly content: string
}

/** Answers a request that has come completely; the default names the server. */
export type Script = (received: Received, handler: DispatchHandler) => void

export interface TreeOptions {
  /** What stands under `http` besides the router, which leads to the service `app`. */
  readonly http: object
  /** By URL of the server. */
  readonly scripts?: Readonly<Record<string, Script>>
  /** Shared state: trees with the same one are as workers to each other. */
  readonly cells?: Map<string, Cells>
}

export interface ServiceTree {
  /** What went wrong in the configuration: `path: message`. */
  readonly findings: readonly string[]
  /** Everything that reached a server, in order. */
  readonly received: readonly Received[]
  readonly cells: ReadonlyMap<string, Cells>
  /** Sends a request to the service `app`. */
  ask(question?: Question): Asked
}

interface Question {
  readonly method?: string
  readonly path?: string
  readonly headers?: readonly string[]
  /** Undefined: no content. */
  readonly content?: string | RequestBody
  readonly peer?: string
  readonly upgrade?: string
}

/** Builds the services of a configuration as a worker does, in front of servers that are scripts. */
export function serviceTree({ http, scripts = {}, cells = new Map() }: TreeOptions): ServiceTree {
  const configuration = staticOf({ entryPoints: { web: { address: ':80' } } })
  const routers = { app: { rule: 'PathPrefix(`/`)', service: 'app' } }
  const said: Said = aggregate(new Map(), { provider: 'file', message: { configuration: { http: { routers, ...http } } } })
  const { snapshot, findings } = verify(said, configuration)
  const received: Received[] = []
  const keeper = new Keeper()
  const built = build(snapshot, {
    time: realTime,
    entryPoints: ['web'],
    defaultTransport: defaultTransportOf(configuration),
    openServer: ({ scheme, host, port }) => {
      const url = `${scheme}://${host}:${port}`
      return scriptedServer(url, scripts[url] ?? answerWithName, received)
    },
    keep: (key, create) => keeper.take(key, create),
    cells: (key, size) => {
      const known = cells.get(key) ?? privateCells(size)
      cells.set(key, known)
      return known
    },
    internalServices: {},
  })
  const dispatch = built.trees.get('web') as Dispatch
  return {
    findings: findings.map(({ message }) => message),
    received,
    cells,
    ask: (question = {}) => {
      const asked = new Asked()
      dispatch(requestOf(question), asked)
      return asked
    },
  }
}

export const answerWithName: Script = ({ url }, handler) => {
  replyText(handler, 200, url)
}

function scriptedServer(url: string, script: Script, received: Received[]): Dispatch {
  return (request, handler) => {
    const take = (content: string): void => {
      const one = { url, request, content }
      received.push(one)
      script(one, handler)
    }
    if (request.body === undefined) take('')
    else request.body.start(new Collect(take, (error) => handler.onResponseError(NO_CONTROLLER, error)))
    return true
  }
}

export const NO_CONTROLLER: DispatchController = { pause() {}, resume() {}, abort() {} }

class Collect implements BodySink {
  #content = ''
  readonly #take: (content: string) => void
  readonly #fail: (error: GatewayError) => void

  constructor(take: (content: string) => void, fail: (error: GatewayError) => void) {
    this.#take = take
    this.#fail = fail
  }

  onBodyData(chunk: Buffer): void {
    this.#content += chunk.toString('latin1')
  }

  onBodyEnd(): void {
    this.#take(this.#content)
  }

  onBodyError(error: GatewayError): void {
    this.#fail(error)
  }
}

/** Content that comes when a test says so. */
export class SlowContent implements RequestBody {
  readonly length: number
  started = false
  #sink: BodySink | undefined

  constructor(length = -1) {
    this.length = length
  }

  start(sink: BodySink): void {
    this.started = true
    this.#sink = sink
  }

  pause(): void {}

  resume(): void {}

  send(text: string): void {
    this.#sink?.onBodyData(Buffer.from(text))
  }

  end(): void {
    this.#sink?.onBodyEnd(undefined)
  }

  fail(): void {
    this.#sink?.onBodyError(new GatewayError('GTW_CLIENT_GONE'))
  }
}

/** Content that is there at once. */
class ReadyContent implements RequestBody {
  readonly length: number
  started = false
  readonly #text: string

  constructor(text: string) {
    this.length = text.length
    this.#text = text
  }

  start(sink: BodySink): void {
    this.started = true
    sink.onBodyData(Buffer.from(this.#text))
    sink.onBodyEnd(undefined)
  }

  pause(): void {}

  resume(): void {}
}

function requestOf({ method = 'GET', path = '/', headers = [], content, peer = '192.0.2.1', upgrade }: Question): RequestHead {
  const request = new RequestHead(method, path, new Headers([...headers]))
  request.host = 'app.test'
  request.peer = { address: peer, port: 1, localAddress: '', localPort: 80 }
  request.upgrade = upgrade
  request.body = typeof content === 'string' ? new ReadyContent(content) : content
  return request
}

/** What the client hears. */
export class Asked implements DispatchHandler {
  controller: DispatchController = NO_CONTROLLER
  status = 0
  headers = new Headers()
  content = ''
  infos: number[] = []
  isOver = false
  error: GatewayError | undefined
  tunnel: Tunnel | undefined

  get cookies(): string[] {
    return this.headers.values('set-cookie')
  }

  onRequestStart(controller: DispatchController): void {
    this.controller = controller
  }

  onResponseInfo(_controller: DispatchController, statusCode: number): void {
    this.infos.push(statusCode)
  }

  onRequestUpgrade(_controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.status = statusCode
    this.headers = headers
    this.tunnel = tunnel
  }

  onResponseStart(_controller: DispatchController, statusCode: number, headers: Headers): void {
    if (this.status !== 0) throw new TypeError('a second response')
    this.status = statusCode
    this.headers = headers
  }

  onResponseData(_controller: DispatchController, chunk: Buffer): void {
    this.content += chunk.toString('latin1')
  }

  onResponseEnd(): void {
    if (this.isOver) throw new TypeError('a second end')
    this.isOver = true
  }

  onResponseError(_controller: DispatchController, error: GatewayError): void {
    if (this.isOver) throw new TypeError('a second end')
    this.isOver = true
    this.error = error
  }
}
