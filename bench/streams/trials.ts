import type { Trial } from '../data-plane/trial.ts'
import { download, echo, upload } from './tcp.ts'
import { udp } from './udp.ts'

/** In the order in which they are measured and printed. */
export const trials: readonly Trial[] = [download, upload, echo, udp]
