import type { DispatchController, DispatchHandler, Tunnel } from '../dispatch/dispatch.ts'
import { EndingTunnel } from '../dispatch/ending-tunnel.ts'
import { ForwardingHandler } from '../dispatch/forwarding-handler.ts'
import type { GatewayError } from '../errors.ts'
import type { Headers } from '../http/headers.ts'
import type { RequestHead, TlsFacts } from '../http/request.ts'
import { CountedBody } from './counted-body.ts'
import { errorOctets } from './error-octets.ts'
import { grpcCode, grpcStatusIn, isGrpc, isGrpcWeb, traitsOf } from './exchange-labels.ts'
import type { Measured, Point } from './point.ts'

/** Who counts an exchange. */
export interface Counting {
  readonly point: Point
  /** A second one that counts the same: an entry point and its router. */
  readonly second: Point | undefined
  /** Fields whose values are labels; undefined for none. */
  readonly fields: readonly string[] | undefined
  /** Whether an error becomes a response right behind it, whose content is counted. */
  readonly isOutermost: boolean
}

/** Listens to one exchange and counts it when it is over. */
export class MeasuredExchange extends ForwardingHandler implements Measured {
  readonly #counting: Counting
  readonly #traits: number
  readonly #startedAt: number
  readonly #tls: TlsFacts | undefined
  readonly #body: CountedBody | undefined
  readonly #values: readonly string[] | undefined
  /** 0 until it is known. */
  #code = 0
  #isOver = false
  responseOctets = 0

  constructor(next: DispatchHandler, request: RequestHead, counting: Counting) {
    super(next)
    this.#counting = counting
    this.#traits = traitsOf(request)
    this.#startedAt = performance.now()
    this.#tls = request.tls
    this.#body = request.body === undefined ? undefined : new CountedBody(request.body)
    if (this.#body !== undefined) request.body = this.#body
    this.#values = counting.fields === undefined ? undefined : valuesOf(request, counting.fields)
  }

  get requestOctets(): number {
    return this.#body === undefined ? 0 : this.#body.octets
  }

  override onRequestUpgrade(controller: DispatchController, statusCode: number, headers: Headers, tunnel: Tunnel): void {
    this.#code = statusCode
    this.next.onRequestUpgrade(controller, statusCode, headers, new MeasuredTunnel(tunnel, this))
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    this.#code = statusCode
    if (isGrpc(this.#traits)) this.#code = grpcCode(headers.get('grpc-status'))
    this.next.onResponseStart(controller, statusCode, headers)
  }

  override onResponseData(controller: DispatchController, chunk: Buffer): void {
    this.responseOctets += chunk.length
    if (isGrpcWeb(this.#traits)) this.#lookForStatus(chunk)
    this.next.onResponseData(controller, chunk)
  }

  override onResponseEnd(controller: DispatchController, trailers: Headers | undefined): void {
    if (trailers !== undefined && isGrpc(this.#traits)) {
      const status = trailers.get('grpc-status')
      if (status !== undefined) this.#code = grpcCode(status)
    }
    this.finish()
    this.next.onResponseEnd(controller, trailers)
  }

  override onResponseError(controller: DispatchController, error: GatewayError): void {
    this.fail(error)
    this.next.onResponseError(controller, error)
  }

  /** Where a response had begun, its status is what the client saw. */
  fail(error: GatewayError): void {
    if (this.#code === 0) {
      this.#code = isGrpc(this.#traits) ? grpcCode(undefined) : error.status
      if (this.#counting.isOutermost) this.responseOctets += errorOctets(error)
    }
    this.finish()
  }

  finish(): void {
    if (this.#isOver) return
    this.#isOver = true
    const durationMs = performance.now() - this.#startedAt
    const { point, second } = this.#counting
    this.#countAt(point, durationMs)
    if (second !== undefined) this.#countAt(second, durationMs)
  }

  #lookForStatus(chunk: Buffer): void {
    const status = grpcStatusIn(chunk)
    if (status !== undefined) this.#code = grpcCode(status)
  }

  #countAt(point: Point, durationMs: number): void {
    point.add(this.#code, this.#traits, durationMs, this)
    if (this.#tls !== undefined) point.addTls(this.#tls)
    if (this.#values !== undefined) point.addFields(this.#code, this.#traits, this.#values)
  }
}

/** The exchange lasts as long as its tunnel. */
class MeasuredTunnel extends EndingTunnel {
  readonly #exchange: MeasuredExchange

  constructor(tunnel: Tunnel, exchange: MeasuredExchange) {
    super(tunnel)
    this.#exchange = exchange
  }

  protected override onOver(): void {
    this.#exchange.finish()
  }
}

function valuesOf({ headers, host }: RequestHead, names: readonly string[]): string[] {
  return names.map((name) => (name === 'host' ? host : (headers.get(name) ?? '')))
}
