import type { Snapshot } from '../config/snapshot.ts'
import type { ErrorCode } from '../errors.ts'
import type { Finding } from '../findings/finding.ts'

/** An error as plain data: structured clone drops classes and codes. */
export interface WireError {
  readonly code: ErrorCode
  readonly detail: string
}

/** One listening address of one entry point; `port` is the real one where the configuration says 0. */
export interface Listening {
  readonly entryPoint: string
  readonly host: string
  readonly port: number
}

export type ToWorker =
  | { readonly type: 'apply'; readonly snapshot: Snapshot }
  /** Answer ping with the terminating status from now on; everything else is served as before. */
  | { readonly type: 'terminate' }
  /** Stop accepting on these entry points, finish what is open within the grace time of each, then answer `drained`. */
  | { readonly type: 'drain'; readonly entryPoints: readonly string[] }

export type FromWorker =
  | { readonly type: 'listening'; readonly addresses: readonly Listening[] }
  | { readonly type: 'listenFailed'; readonly entryPoint: string; readonly error: WireError }
  | { readonly type: 'applied'; readonly revision: number; readonly findings: readonly Finding[] }
  | { readonly type: 'rejected'; readonly revision: number; readonly error: WireError }
  | { readonly type: 'drained'; readonly cut: number }
