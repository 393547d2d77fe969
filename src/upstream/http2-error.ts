import { constants } from 'node:http2'
import { GatewayError } from '../errors.ts'
import { toUpstreamError } from './connect-error.ts'

const { NGHTTP2_NO_ERROR, NGHTTP2_PROTOCOL_ERROR } = constants

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

/** Names the reason why a stream ended before its response was complete. */
export function toStreamError(cause: NodeJS.ErrnoException | undefined, code: number, place: StreamPlace): GatewayError {
  if (cause instanceof GatewayError) return cause
  if (place.isGone) return cause === undefined ? new GatewayError('GTW_UPSTREAM_CLOSED', place.server) : toSessionError(cause, place)
  if (code === NGHTTP2_NO_ERROR) return new GatewayError('GTW_UPSTREAM_CLOSED', `${place.server}: inside the content`, { cause })
  // Ours, where the fields or the length of its response are not valid.
  const meaning = code === NGHTTP2_PROTOCOL_ERROR ? 'GTW_UPSTREAM_INVALID' : 'GTW_UPSTREAM_RESET'
  return new GatewayError(meaning, `${place.server}: ${NAMES[code] ?? code}`, { cause })
}

function toSessionError(cause: NodeJS.ErrnoException, { server, secure }: StreamPlace): GatewayError {
  // It ended the connection with a reason; or what it sent is no HTTP/2.
  if (cause.code === 'ERR_HTTP2_SESSION_ERROR') return new GatewayError('GTW_UPSTREAM_RESET', `${server}: ${cause.message}`, { cause })
  if (cause.code === 'ERR_HTTP2_ERROR') return new GatewayError('GTW_UPSTREAM_INVALID', `${server}: ${cause.message}`, { cause })
  return toUpstreamError(cause, server, secure)
}
