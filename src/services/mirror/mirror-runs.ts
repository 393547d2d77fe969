import type { Dispatch } from '../../dispatch/dispatch.ts'
import type { ReplayBody } from '../../dispatch/replay-body.ts'
import type { RequestHead } from '../../http/request.ts'
import { Discard } from './discard.ts'

/** A request to be shown to mirrors. */
export interface MirroredRequest {
  /** As it was before the main service got it, without content. */
  readonly request: RequestHead
  /** The content; undefined where there is none, or none is to be copied. */
  readonly replay: ReplayBody | undefined
  readonly copies: readonly Dispatch[]
}

/** A slow mirror must not gather requests without end: beyond so many at a time they are not copied. */
const MOST_RUNS = 1000

/** The copies of one service that are under way; each request visits its mirrors one after the other. */
export class MirrorRuns {
  #count = 0

  /** Begins in a later turn of the event loop: the client's response goes first. */
  start(mirrored: MirroredRequest): void {
    if (this.#count >= MOST_RUNS) {
      mirrored.replay?.release()
      return
    }
    this.#count++
    setImmediate(() => this.#visit(mirrored, 0))
  }

  #visit(mirrored: MirroredRequest, index: number): void {
    const { request, replay, copies } = mirrored
    const dispatch = copies[index]
    if (dispatch === undefined) {
      replay?.release()
      this.#count--
      return
    }
    const copy = request.clone()
    copy.body = replay?.open()
    const answered = new Discard(() => this.#visit(mirrored, index + 1))
    try {
      dispatch(copy, answered)
    } catch {
      // Nobody waits for the answer of a mirror.
      answered.finish()
    }
  }
}
