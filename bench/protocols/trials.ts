import type { Trial } from '../data-plane/trial.ts'
import { grpc, h2 } from './http2.ts'
import { handshakes, tls } from './tls.ts'
import { websocket } from './websocket.ts'

/** In the order in which they are measured and printed. */
export const trials: readonly Trial[] = [h2, grpc, websocket, tls, handshakes]
