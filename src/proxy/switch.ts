import type { Dispatch } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'

/** Before the first snapshot, and on entry points without routers, nothing matches. */
const noRouter: Dispatch = (_request, handler) => replyError(handler, 'GTW_NO_ROUTER')

/**
 * The handler trees that are live, one for each entry point. A new snapshot replaces them in one step: what comes later
 * runs on the new tree, what is under way holds on to the parts of the old one that it is in.
 */
export class Switch {
  #trees: ReadonlyMap<string, Dispatch> = new Map()

  replace(trees: ReadonlyMap<string, Dispatch>): void {
    this.#trees = trees
  }

  current(entryPoint: string): Dispatch {
    return this.#trees.get(entryPoint) ?? noRouter
  }
}
