import { Backoff, Burst, decodeTree, defineProvider, type Finding, type ProviderContext, retrying } from 'gateway/provider'
import { type Connect, connector } from './connect.ts'
import { type RedisOptions, redisOptions } from './options.ts'
import { Store } from './store.ts'

interface Timing {
  /** Redis tells of a change once: what was missed shows at the next look. */
  readonly lookEveryMs: number
  /** The same, where Redis may not tell at all. */
  readonly pollEveryMs: number
}

/** A provider with a timing of its own. */
export function redisProvider(timing: Timing) {
  return defineProvider({
    name: 'redis',
    options: redisOptions,
    async provide(context) {
      await new RedisProvider(context, await connector(context), timing).run()
    },
  })
}

/** Routing configuration from the keys of Redis, followed while they change. */
export const redis = redisProvider({ lookEveryMs: 30_000, pollEveryMs: 5_000 })

class RedisProvider {
  readonly #context: ProviderContext<RedisOptions>
  readonly #connect: Connect
  readonly #timing: Timing
  #said: { readonly pairs: ReadonlyMap<string, string>; readonly isTold: boolean } | undefined
  #end: () => void = () => {}
  #look: () => void = () => {}

  constructor(context: ProviderContext<RedisOptions>, connect: Connect, timing: Timing) {
    this.#context = context
    this.#connect = connect
    this.#timing = timing
  }

  async run(): Promise<void> {
    const { signal, log, onReload } = this.#context
    onReload(() => this.#look())
    signal.addEventListener('abort', () => this.#end(), { once: true })
    await retrying(signal, new Backoff(), () => this.#attempt(), log)
  }

  async #attempt(): Promise<void> {
    const { options, signal, status } = this.#context
    const { promise: ended, resolve } = Promise.withResolvers<void>()
    this.#end = resolve
    using store = new Store(this.#connect(), options.rootKey)
    using burst = new Burst()
    this.#look = () => burst.add()
    try {
      await Promise.race([ended, store.lost, this.#follow(store, burst)])
    } catch (error) {
      if (!signal.aborted) status('failed', (error as Error).message)
      throw error
    }
  }

  /** Reads the keys at each change, and now and then, without end. */
  async #follow(store: Store, burst: Burst): Promise<never> {
    const { signal, status } = this.#context
    await store.open()
    const isTold = await store.listen(() => burst.add())
    for (;;) {
      const pairs = await store.read()
      signal.throwIfAborted()
      this.#say(pairs, isTold)
      status('ready')
      await burst.next({ idleMs: isTold ? this.#timing.lookEveryMs : this.#timing.pollEveryMs })
    }
  }

  #say(pairs: ReadonlyMap<string, string>, isTold: boolean): void {
    const { options, emit, log } = this.#context
    if (this.#said?.isTold === isTold && areEqual(this.#said.pairs, pairs)) return
    this.#said = { pairs, isTold }
    log.debug('keys were read', { keys: pairs.size })
    const message = decodeTree(pairs, { rootKey: options.rootKey, source: (key) => ({ kind: 'key', store: 'redis', key }) })
    emit(isTold ? message : { ...message, findings: [...message.findings, NOT_TOLD] })
  }
}

const NOT_TOLD: Finding = {
  code: 'GTW_UNSUPPORTED',
  severity: 'warning',
  message: 'Redis does not let the gateway turn on notifications: changes are found by polling',
  source: { kind: 'provider', provider: 'redis' },
  hint: 'set notify-keyspace-events to KEA in the configuration of Redis',
}

function areEqual(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  if (one.size !== other.size) return false
  for (const [key, value] of one) if (other.get(key) !== value) return false
  return true
}
