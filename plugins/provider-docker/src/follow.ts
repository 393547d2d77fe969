import { setTimeout as pause } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { Backoff, type CompleteMessage, type ProviderContext, retrying } from 'gateway/provider'
import { Bell } from './bell.ts'
import { type Connect, connector, type EngineOptions } from './connect.ts'
import type { Engine } from './engine.ts'

/** How an engine is followed. */
export interface Following {
  /** Everything that the engine has to say. */
  readonly read: (engine: Engine) => Promise<CompleteMessage>
  /** Reads again when the engine tells of a change. */
  readonly hearsChanges: boolean
  /** Reads again after so long. */
  readonly everyMs?: number
  /** Whether the engine says what it said at the last reading, as far as can be told in little time. */
  readonly isUnchanged?: (engine: Engine) => Promise<boolean>
}

// An engine is near, and its restart takes seconds: who waited for a minute would miss what began with it.
const LONGEST_DELAY_MS = 5_000

/** What changes together is read together. */
const GATHER_MS = 50

/** Follows an engine until the provider ends: what was said last stays in force while the engine is away. */
export async function follow(context: ProviderContext<EngineOptions>, following: Following): Promise<void> {
  const { signal, log, onReload } = context
  const follower = new Follower(context, following, await connector())
  onReload(() => follower.reload())
  await retrying(signal, new Backoff({ longestMs: LONGEST_DELAY_MS }), () => follower.session(), log)
}

class Follower {
  readonly #context: ProviderContext<EngineOptions>
  readonly #following: Following
  readonly #connect: Connect
  #bell = new Bell()
  #said: Pick<CompleteMessage, 'configuration' | 'findings'> | undefined

  constructor(context: ProviderContext<EngineOptions>, following: Following, connect: Connect) {
    this.#context = context
    this.#following = following
    this.#connect = connect
  }

  reload(): void {
    this.#bell.ring()
  }

  /** From one connection to its end. */
  async session(): Promise<void> {
    const { options, log, signal, status } = this.#context
    try {
      const engine = await this.#connect(options, log, signal)
      const close = (): void => engine.close()
      signal.addEventListener('abort', close, { once: true })
      try {
        await this.#stay(engine)
      } finally {
        signal.removeEventListener('abort', close)
        close()
      }
    } catch (error) {
      if (!signal.aborted) status('failed', (error as Error).message.trim())
      throw error
    }
  }

  async #stay(engine: Engine): Promise<void> {
    const { signal } = this.#context
    const bell = new Bell()
    this.#bell = bell
    const wake = (): void => bell.ring()
    signal.addEventListener('abort', wake, { once: true })
    try {
      // First the events, then the list: what changes in between is not missed.
      if (this.#following.hearsChanges) await hear(engine, bell)
      while (!signal.aborted) {
        const startedAt = performance.now()
        this.#say(await this.#following.read(engine))
        const tookMs = performance.now() - startedAt
        await this.#nextChange(engine, bell)
        // A host that is slow to read is read less often.
        if (this.#following.hearsChanges) await pause(Math.max(GATHER_MS, tookMs), undefined, { signal }).catch(() => {})
      }
    } finally {
      signal.removeEventListener('abort', wake)
    }
  }

  /** Waits until there may be something new: it was told of, or it shows at a look. */
  async #nextChange(engine: Engine, bell: Bell): Promise<void> {
    const { everyMs, isUnchanged } = this.#following
    while (!(await bell.next(everyMs)) && (await isUnchanged?.(engine))) this.#context.status('ready')
  }

  /** Emits what was read, unless it is in force already. */
  #say(message: CompleteMessage): void {
    const { signal, emit, status } = this.#context
    if (signal.aborted) return
    const { configuration, findings } = message
    if (isDeepStrictEqual({ configuration, findings }, this.#said)) {
      status('ready')
      return
    }
    this.#said = { configuration, findings }
    emit(message)
  }
}

async function hear(engine: Engine, bell: Bell): Promise<void> {
  const changes = await engine.changes()
  const lost = (error?: Error): void => bell.fail(new Error(`the engine is lost${error ? `: ${error.message}` : ''}`))
  changes.on('data', () => bell.ring())
  changes.on('error', lost)
  changes.once('close', () => lost())
}
