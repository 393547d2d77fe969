import type { DispatchHandler } from '../../dispatch/dispatch.ts'
import { replyEmpty } from '../../dispatch/reply.ts'
import type { Headers } from '../../http/headers.ts'
import type { RequestHead } from '../../http/request.ts'
import { compileGoRegex, type GoRegex } from '../../regex/go-regex.ts'
import { toFieldValue } from '../shared/field-text.ts'
import type { HeadersOptions } from './options.ts'

const ALLOW_ORIGIN = 'Access-Control-Allow-Origin'

/** What pages of other origins may do (Fetch §3.3). */
export class Cors {
  readonly #options: HeadersOptions
  readonly #regexes: readonly GoRegex[]
  readonly #allowHeaders: string
  readonly #allowMethods: string
  /** Fields that a preflight and an ordinary response have in common. */
  readonly #common: readonly string[]

  constructor(options: HeadersOptions) {
    this.#options = options
    this.#regexes = options.accessControlAllowOriginListRegex.map(compileGoRegex)
    this.#allowHeaders = toFieldValue(options.accessControlAllowHeaders.join(','))
    this.#allowMethods = toFieldValue(options.accessControlAllowMethods.join(','))
    const { accessControlAllowCredentials, accessControlExposeHeaders: exposed } = options
    // With credentials, `*` is a name like any other to a browser.
    const exposes = exposed.length > 0 && !this.#isWildcard(exposed)
    this.#common = [
      ...(accessControlAllowCredentials ? ['Access-Control-Allow-Credentials', 'true'] : []),
      ...(exposes ? ['Access-Control-Expose-Headers', toFieldValue(exposed.join(','))] : []),
    ]
  }

  /** Whether a browser asks what it may do, before it does it. */
  isPreflight({ method, headers }: RequestHead): boolean {
    return method === 'OPTIONS' && (headers.get('access-control-request-method') ?? '') !== '' && (headers.get('origin') ?? '') !== ''
  }

  /** A preflight is for the gateway alone, also where the origin is not allowed. */
  answerPreflight({ headers }: RequestHead, handler: DispatchHandler): true {
    const { accessControlAllowHeaders, accessControlAllowMethods, accessControlMaxAge } = this.#options
    const fields = [...this.#common]
    const add = (name: string, value: string | undefined): void => {
      if (value !== undefined && value !== '') fields.push(name, value)
    }
    add(
      'Access-Control-Allow-Headers',
      this.#isWildcard(accessControlAllowHeaders) ? headers.get('access-control-request-headers') : this.#allowHeaders,
    )
    add(
      'Access-Control-Allow-Methods',
      this.#isWildcard(accessControlAllowMethods) ? headers.get('access-control-request-method') : this.#allowMethods,
    )
    add(ALLOW_ORIGIN, this.#allowedOrigin(headers.get('origin') ?? ''))
    add('Access-Control-Max-Age', accessControlMaxAge?.toString())
    return replyEmpty(handler, 200, fields)
  }

  /** Adds to a response what a page of this origin needs to read it. */
  apply(headers: Headers, origin: string): void {
    const allowed = this.#allowedOrigin(origin)
    if (allowed !== undefined && allowed !== '') headers.set(ALLOW_ORIGIN, allowed)
    for (let index = 0; index < this.#common.length; index += 2)
      headers.set(this.#common[index] as string, this.#common[index + 1] as string)
    if (this.#options.addVaryHeader) addOriginToVary(headers)
  }

  #allowedOrigin(origin: string): string | undefined {
    for (const item of this.#options.accessControlAllowOriginList) {
      if (item === '*') return this.#options.accessControlAllowCredentials ? origin : '*'
      if (item === origin) return item
    }
    for (const regex of this.#regexes) if (regex.test(origin)) return origin
    return undefined
  }

  /** With credentials a browser takes `*` for a name: what it asks for is sent back instead. */
  #isWildcard(list: readonly string[]): boolean {
    return this.#options.accessControlAllowCredentials && list.includes('*')
  }
}

function addOriginToVary(headers: Headers): void {
  const lines = headers.values('vary').filter((line) => line !== '')
  if (lines.length !== 1 || lines[0] !== 'Origin') headers.set('Vary', [...lines, 'Origin'].join(','))
}
