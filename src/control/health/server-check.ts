import { formatDuration } from '../../schema/index.ts'
import type { ServerState } from '../../services/server-state.ts'
import type { Timers } from '../timers.ts'
import { type AnyTarget, probe } from './probe.ts'
import { reasonOf } from './reason.ts'
import type { Slots } from './slots.ts'
import { timingOf } from './timing.ts'

/** The outcome of one check. */
export interface Result {
  readonly target: AnyTarget
  readonly up: boolean
  /** The server was not in this state before. */
  readonly isNews: boolean
  /** Why it is down; '' when it is up. */
  readonly reason: string
}

/** What is known from the checks of a server, in milliseconds of wall time. */
export interface CheckFacts {
  /** Undefined before the first. */
  readonly lastCheck: number | undefined
  /** Since when it is in its state; undefined where it has been in no other. */
  readonly since: number | undefined
  /** Why it is down; '' when it is up. */
  readonly reason: string
}

interface Parts {
  readonly state: ServerState
  readonly slots: Slots
  readonly timers: Timers
  readonly wallTime: () => number
  readonly random: () => number
  readonly onResult: (result: Result) => void
}

/** By which share of the interval the first check of a server may come earlier: servers that appear together are not checked together. */
const FIRST_SHARE = 0.5

/** The same for the later checks, which drift apart by it. Never later, so that a dead server is out within one interval. */
const LATER_SHARE = 0.1

/** Checks one server again and again: one check at a time, from the start of one to the start of the next takes the interval. */
export class ServerCheck {
  readonly #parts: Parts
  #target: AnyTarget
  #cancel: () => void = () => {}
  #round = new AbortController()
  #facts: CheckFacts = { lastCheck: undefined, since: undefined, reason: '' }

  constructor(target: AnyTarget, parts: Parts) {
    this.#parts = parts
    this.#target = target
    this.#arm(parts.timers.now(), FIRST_SHARE)
  }

  get target(): AnyTarget {
    return this.#target
  }

  get facts(): CheckFacts {
    return this.#facts
  }

  get isUp(): boolean {
    return this.#parts.state.activeUp
  }

  /** Checks in another way from now on; what is known of the server stays. */
  aim(target: AnyTarget): void {
    this.#halt()
    this.#target = target
    this.#round = new AbortController()
    this.#arm(this.#parts.timers.now(), FIRST_SHARE)
  }

  /** Nobody wants the server checked any more, so nothing speaks against it. */
  forget(): void {
    this.#halt()
    this.#parts.state.setActive(true)
  }

  /** Ends the check and leaves the server in its state. */
  stop(): void {
    this.#halt()
  }

  #halt(): void {
    this.#cancel()
    this.#round.abort()
  }

  #arm(since: number, share: number): void {
    const { timers, random, slots } = this.#parts
    const { upMs, downMs } = timingOf(this.#target.options)
    const waitMs = (this.isUp ? upMs : downMs) * (1 - share * random())
    const { signal } = this.#round
    this.#cancel = timers.after(Math.max(0, since + waitMs - timers.now()), () => slots.run(() => this.#check(signal)))
  }

  async #check(round: AbortSignal): Promise<void> {
    if (round.aborted) return
    const { timers, wallTime, state, onResult } = this.#parts
    const target = this.#target
    const since = timers.now()
    const reason = await this.#probe(target, round)
    if (round.aborted) return
    const up = reason === undefined
    const isNews = state.setActive(up)
    const lastCheck = wallTime()
    this.#facts = { lastCheck, since: isNews ? lastCheck : this.#facts.since, reason: reason ?? '' }
    this.#arm(since, LATER_SHARE)
    onResult({ target, up, isNews, reason: reason ?? '' })
  }

  /** The reason why the server is not well; undefined when it is. */
  async #probe(target: AnyTarget, round: AbortSignal): Promise<string | undefined> {
    const { timeoutMs } = timingOf(target.options)
    const late = new AbortController()
    const cancel = this.#parts.timers.after(timeoutMs, () =>
      late.abort(new Error(`it does not answer within ${formatDuration(timeoutMs)}`)),
    )
    const signal = AbortSignal.any([round, late.signal])
    try {
      await probe(target, signal)
      return undefined
    } catch (error) {
      return reasonOf(error)
    } finally {
      cancel()
    }
  }
}
