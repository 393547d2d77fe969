import type { RequestHead } from '../http/request.ts'
import { ReplayMemory } from './replay-body.ts'

/** What requests that may be sent again take at most in one thread, whatever their own limits are. */
const MOST_KEPT = 256 * 1024 * 1024

interface Keeping {
  readonly keep: (key: string, create: () => ReplayMemory) => ReplayMemory
}

/** The one memory of the thread for content that may be sent again. */
export function replayMemory({ keep }: Keeping): ReplayMemory {
  return keep('replay memory', () => new ReplayMemory(MOST_KEPT))
}

/** The content is here already: nobody is asked whether it may come. */
export function forgetExpectation(request: RequestHead): void {
  request.expectsContinue = false
  request.headers.delete('expect')
}
