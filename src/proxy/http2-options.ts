import type { EntryPoint } from '../config/entry-point.ts'
import { SETTING } from '../http2/protocol.ts'
import type { SessionOptions } from '../http2/session.ts'

/** Octets that a client may send on one stream, and on all of them together, before somebody reads them. */
const STREAM_WINDOW = 64 * 1024
const CONNECTION_WINDOW = 1024 * 1024

/** What is kept of the fields of one request, whatever the entry point allows. */
const MOST_FIELD_OCTETS = 65_535
const MOST_FIELDS = 128

/** How connections of an entry point are held. */
export function http2Options({ http, http2 }: EntryPoint): SessionOptions {
  const maxOctets = Math.min(http.maxHeaderBytes, MOST_FIELD_OCTETS)
  return {
    isServer: true,
    settings: [
      [SETTING.headerTableSize, http2.maxDecoderHeaderTableSize],
      [SETTING.maxConcurrentStreams, http2.maxConcurrentStreams],
      [SETTING.initialWindowSize, STREAM_WINDOW],
      [SETTING.maxHeaderListSize, maxOctets],
      [SETTING.enableConnectProtocol, 1],
    ],
    connectionWindow: CONNECTION_WINDOW,
    fields: { maxFields: MOST_FIELDS, maxOctets },
    mostEncoderTable: http2.maxEncoderHeaderTableSize,
  }
}
