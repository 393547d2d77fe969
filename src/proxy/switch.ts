import type { Dispatch } from '../dispatch/dispatch.ts'
import { noRouter } from '../runtime/route-to.ts'

const NONE: ReadonlyMap<string, Dispatch> = new Map()

/**
 * The handler trees that are live, for each entry point one for clear text and one for TLS. A new snapshot replaces them in one step: what comes later
 * runs on the new tree, what is under way holds on to the parts of the old one that it is in.
 */
export class Switch {
  #trees = NONE
  #tlsTrees = NONE

  replace(trees: ReadonlyMap<string, Dispatch>, tlsTrees: ReadonlyMap<string, Dispatch> = NONE): void {
    this.#trees = trees
    this.#tlsTrees = tlsTrees
  }

  /** Before the first snapshot nothing matches. */
  current(entryPoint: string): Dispatch {
    return this.#trees.get(entryPoint) ?? noRouter
  }

  currentTls(entryPoint: string): Dispatch {
    return this.#tlsTrees.get(entryPoint) ?? noRouter
  }
}
