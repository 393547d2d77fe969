/** What a trial is measured with. */
export interface TrialContext {
  readonly originPort: number
  /** Puts the proxy on the first core. */
  readonly proxyLauncher: readonly string[]
  /** Puts the load on the second core, beside the origin. */
  readonly loadLauncher: readonly string[]
  /** Small numbers and short times: proves that the trial works, and nothing else. */
  readonly quick: boolean
  readonly signal: AbortSignal
  progress(line: string): void
}

/** What a trial has found. */
export interface Outcome {
  /** In words, with every number that the goal speaks of. */
  readonly measured: string
  readonly met: boolean
  /** The numbers behind the words. */
  readonly figures: Readonly<Record<string, unknown>>
}

/** One promise of the data plane and how it is measured. */
export interface Trial {
  readonly name: string
  readonly title: string
  readonly goal: string
  measure(context: TrialContext): Promise<Outcome>
}
