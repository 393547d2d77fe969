import { type ErrorCode, GatewayError } from '../../errors.ts'
import { maskText } from '../../findings/mask.ts'

/** What an authority, or the way to it, says of a request that failed. */
interface AcmeFacts {
  /** The last part of the type of a problem document (RFC 8555 §6.7): `rateLimited`, …; '' where there is none. */
  readonly type?: string
  readonly retryAfterMs?: number | undefined
  readonly cause?: unknown
}

const LONGEST = 500

/** Why a certificate could not be obtained. */
export class AcmeError extends GatewayError {
  readonly type: string
  /** How long the authority wants to be left alone. */
  readonly retryAfterMs: number | undefined

  constructor(code: ErrorCode, detail: string, { type = '', retryAfterMs, cause }: AcmeFacts = {}) {
    super(code, maskText(detail).slice(0, LONGEST), { cause })
    this.type = type
    this.retryAfterMs = retryAfterMs
  }
}

/** What a problem document says, without the prefix that all types share. */
export function problemOf(document: unknown): { readonly type: string; readonly detail: string } {
  const { type, detail, subproblems } = (typeof document === 'object' && document !== null ? document : {}) as Record<string, unknown>
  const parts = [detail, ...(Array.isArray(subproblems) ? subproblems.map((one) => (one as { detail?: unknown } | null)?.detail) : [])]
  return {
    type: typeof type === 'string' ? type.replace(/^urn:ietf:params:acme:error:/, '') : '',
    detail: parts.filter((part) => typeof part === 'string').join('; '),
  }
}
