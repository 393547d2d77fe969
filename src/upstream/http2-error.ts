import { GatewayError } from '../errors.ts'
import { CODE } from '../http2/protocol.ts'
import { toUpstreamError } from './connect-error.ts'

/** The names of the codes (RFC 9113 §7). */
const NAMES = [
  'NO_ERROR',
  'PROTOCOL_ERROR',
  'INTERNAL_ERROR',
  'FLOW_CONTROL_ERROR',
  'SETTINGS_TIMEOUT',
  'STREAM_CLOSED',
  'FRAME_SIZE_ERROR',
  'REFUSED_STREAM',
  'CANCEL',
  'COMPRESSION_ERROR',
  'CONNECT_ERROR',
  'ENHANCE_YOUR_CALM',
  'INADEQUATE_SECURITY',
  'HTTP_1_1_REQUIRED',
]

/** Where a failed stream belongs to. */
export interface StreamPlace {
  readonly server: string
  readonly secure: boolean
  /** The connection is over, not just the stream. */
  readonly isGone: boolean
}

/** Names the reason why a stream ended before its response was complete; `cause` is why the connection did. */
export function toStreamError(cause: Error | undefined, code: number, { server, secure, isGone }: StreamPlace): GatewayError {
  if (cause instanceof GatewayError) return cause
  if (isGone) return cause === undefined ? new GatewayError('GTW_UPSTREAM_CLOSED', server) : toUpstreamError(cause, server, secure)
  if (code === CODE.noError) return new GatewayError('GTW_UPSTREAM_CLOSED', `${server}: inside the content`)
  // Ours, where the fields or the length of its response are not valid.
  const meaning = code === CODE.protocolError ? 'GTW_UPSTREAM_INVALID' : 'GTW_UPSTREAM_RESET'
  return new GatewayError(meaning, `${server}: ${nameOf(code)}`)
}

/** The name of a code, or the code. */
export function nameOf(code: number): string {
  return NAMES[code] ?? String(code)
}
