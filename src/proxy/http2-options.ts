import type { ServerSessionOptions } from 'node:http2'
import type { EntryPoint } from '../config/entry-point.ts'

/** Octets that a client may send on one stream, and on all of them together, before somebody reads them. */
const STREAM_WINDOW = 64 * 1024
export const CONNECTION_WINDOW = 1024 * 1024

/** The library keeps no more than this of the fields of one request: 32 octets are added to each. */
const MOST_FIELD_OCTETS = 65_535

/** What the types of the library do not know yet. */
interface FurtherOptions {
  readonly streamResetBurst: number
  readonly streamResetRate: number
  readonly strictSingleValueFields: boolean
}

/** How sessions of an entry point are held: what the library can bound, it does. */
export function http2Options({ http, http2 }: EntryPoint): ServerSessionOptions {
  const options: ServerSessionOptions & FurtherOptions = {
    settings: {
      headerTableSize: http2.maxDecoderHeaderTableSize,
      enablePush: false,
      initialWindowSize: STREAM_WINDOW,
      maxConcurrentStreams: http2.maxConcurrentStreams,
      maxHeaderListSize: Math.min(http.maxHeaderBytes, MOST_FIELD_OCTETS),
      enableConnectProtocol: true,
    },
    maxDeflateDynamicTableSize: http2.maxEncoderHeaderTableSize,
    maxSessionInvalidFrames: 100,
    maxSessionRejectedStreams: 100,
    maxHeaderListPairs: 128,
    maxSettings: 32,
    maxOutstandingPings: 10,
    // In megabytes. Answers that wait to be read count, up to 64 KiB each: with less, a slow client of many large files would
    // see its next requests reset.
    maxSessionMemory: 10,
    // A client that resets its streams faster than this is cut off by the library [CVE-2023-44487].
    streamResetBurst: 200,
    streamResetRate: 20,
    // Fields of servers that say one thing twice are passed on, as in HTTP/1.
    strictSingleValueFields: false,
  }
  return options
}
