import type { MessagePort } from 'node:worker_threads'
import type { ErrorCode } from '../errors.ts'
import type { Finding } from '../findings/finding.ts'
import type { UserLogLine } from '../middlewares/definition.ts'
import type { Challenges, Staple } from '../tls/settings.ts'
import type { MetricPoint, SeriesPlace } from './metric-series.ts'
import type { Answer, Question } from './question.ts'

/** An error as plain data: structured clone drops classes and codes. */
export interface WireError {
  readonly code: ErrorCode
  readonly detail: string
}

/** Why requests failed without their clients being to blame, and how often. */
export interface Fault {
  readonly code: ErrorCode
  readonly detail: string
  readonly count: number
  /** Where a fault of the gateway itself comes from. */
  readonly stack?: string
}

/** One listening address of one entry point; `port` is the real one where the configuration says 0. */
export interface Listening {
  readonly entryPoint: string
  readonly host: string
  readonly port: number
  /** TCP where it is absent. */
  readonly protocol?: 'udp'
}

/** What the control plane tells a worker beside its configuration. */
export type Command =
  /** Seal session tickets with these keys from now on; they come before the first snapshot. */
  | { readonly type: 'ticketKeys'; readonly keys: Uint8Array }
  /** Answer authorities so from now on, then say `challengesTaken`. */
  | { readonly type: 'challenges'; readonly version: number; readonly challenges: Challenges }
  /** Send these along with their certificates from now on, and no others. */
  | { readonly type: 'staples'; readonly staples: readonly Staple[] }
  /** What there is to say to a question of this worker. */
  | { readonly type: 'told'; readonly id: number; readonly answer: Answer }
  /** Nobody asks for what is counted of these any more. */
  | { readonly type: 'forgetSeries'; readonly points: readonly MetricPoint[] }
  /** Answer ping with the terminating status from now on; everything else is served as before. */
  | { readonly type: 'terminate' }
  /** Stop accepting on these entry points, finish what is open within the grace time of each, then answer `drained`. */
  | { readonly type: 'drain'; readonly entryPoints: readonly string[] }

/** A configuration comes in parts, which wait in a port of their own: the worker reads them when it has time (`receiveMessageOnPort`). */
export type ToWorker = Command | { readonly type: 'apply'; readonly revision: number; readonly parts: MessagePort }

export type FromWorker =
  | { readonly type: 'listening'; readonly addresses: readonly Listening[] }
  | { readonly type: 'listenFailed'; readonly entryPoint: string; readonly error: WireError }
  | { readonly type: 'applied'; readonly revision: number; readonly findings: readonly Finding[] }
  | { readonly type: 'rejected'; readonly revision: number; readonly error: WireError }
  | { readonly type: 'challengesTaken'; readonly version: number }
  | { readonly type: 'drained'; readonly cut: number }
  | { readonly type: 'fault'; readonly fault: Fault }
  /** The worker counts something new. */
  | { readonly type: 'series'; readonly place: SeriesPlace }
  /** The fields of requests that are labels have more values than are counted for themselves. */
  | { readonly type: 'manyValues'; readonly point: MetricPoint }
  /** A client wants to know what only the control plane knows; `told` with the same id answers. */
  | { readonly type: 'ask'; readonly id: number; readonly question: Question }
  /** What a middleware lacks, by its qualified name; without a problem it lacks nothing any more. */
  | { readonly type: 'trouble'; readonly middleware: string; readonly problem?: string }
  /** What code of a user has to say. */
  | { readonly type: 'log'; readonly line: UserLogLine }
