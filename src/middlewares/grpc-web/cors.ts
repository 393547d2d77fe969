import type { DispatchHandler } from '../../dispatch/dispatch.ts'
import { replyEmpty } from '../../dispatch/reply.ts'
import type { Headers } from '../../http/headers.ts'

const METHODS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'POST'])
const MAX_AGE_S = 600

/** Which pages may speak with the server (Fetch §3.3). */
export class GrpcWebCors {
  readonly #origins: ReadonlySet<string>

  constructor(origins: readonly string[]) {
    this.#origins = new Set(origins)
  }

  /** Whether a browser asks if it may speak gRPC-Web. */
  isPreflight(headers: Headers): boolean {
    return (headers.get('access-control-request-headers') ?? '').toLowerCase().includes('x-grpc-web')
  }

  answerPreflight(headers: Headers, handler: DispatchHandler): true {
    const origin = headers.get('origin') ?? ''
    const method = (headers.get('access-control-request-method') ?? '').toUpperCase()
    const fields = ['Vary', 'Origin', 'Vary', 'Access-Control-Request-Method', 'Vary', 'Access-Control-Request-Headers']
    if (this.#allows(origin) && METHODS.has(method)) {
      const asked = headers.get('access-control-request-headers') ?? ''
      fields.push(...allowing(origin), 'Access-Control-Allow-Methods', method, 'Access-Control-Allow-Headers', asked)
      fields.push('Access-Control-Max-Age', String(MAX_AGE_S))
    }
    return replyEmpty(handler, 200, fields)
  }

  /** The fields that a page of this origin needs to read the response. */
  fieldsFor(origin: string): readonly string[] {
    return this.#allows(origin) ? ['Vary', 'Origin', ...allowing(origin)] : ['Vary', 'Origin']
  }

  #allows(origin: string): boolean {
    return origin !== '' && (this.#origins.has('*') || this.#origins.has(origin))
  }
}

function allowing(origin: string): string[] {
  return ['Access-Control-Allow-Origin', origin, 'Access-Control-Allow-Credentials', 'true']
}
