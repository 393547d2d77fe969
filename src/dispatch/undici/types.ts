import type { Readable } from 'node:stream'
import type { RequestHead } from '../../http/request.ts'
import type { REQUEST } from './request-options.ts'

/** Fields as undici hands them to handlers: lower-case names. */
export type FieldRecord = Record<string, string | string[] | undefined>

/** What an interceptor may put where undici takes fields. */
export type UndiciFields = readonly (string | readonly [string, string])[] | FieldRecord | Iterable<readonly [string, string | string[]]>

/** A request as undici knows it. Interceptors spread it into others, which takes the symbol along. */
export interface UndiciOptions {
  readonly [REQUEST]: RequestHead
  readonly origin: string | URL
  readonly path: string
  readonly method: string
  readonly headers?: UndiciFields | null | undefined
  readonly body?: Readable | AsyncIterable<Uint8Array> | Iterable<Uint8Array> | string | Uint8Array | null | undefined
  readonly query?: Readonly<Record<string, unknown>> | null | undefined
}

/** What undici's handlers control a response with. */
export interface UndiciController {
  readonly aborted: boolean
  readonly paused: boolean
  readonly reason: Error | null
  rawHeaders?: unknown
  rawTrailers?: unknown
  abort(reason: Error): void
  pause(): void
  resume(): void
}

/** Hears one response; every method may be missing. */
export interface UndiciHandler {
  onRequestStart?(controller: UndiciController, context: object): void
  onResponseStart?(controller: UndiciController, statusCode: number, headers: FieldRecord, statusMessage?: string): void
  onResponseData?(controller: UndiciController, chunk: Buffer): void
  onResponseEnd?(controller: UndiciController, trailers: FieldRecord): void
  onResponseError?(controller: UndiciController, error: Error): void
}

export type UndiciDispatch = (options: UndiciOptions, handler: UndiciHandler) => boolean
