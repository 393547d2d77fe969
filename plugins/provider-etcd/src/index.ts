import { setTimeout as pause } from 'node:timers/promises'
import { Backoff, Burst, decodeTree, defineProvider, type ProviderContext, retrying } from 'gateway/provider'
import { type Cluster, connectTo } from './cluster.ts'
import type { Member } from './member.ts'
import { Mirror } from './mirror.ts'
import { type EtcdOptions, etcdOptions } from './options.ts'
import { type Range, rangeBelow } from './watch.ts'

interface Timing {
  readonly compareEveryMs: number
  /** Changes may still be on their way while their facts are read. */
  readonly lateMs: number
}

/** A provider with a timing of its own. */
export function etcdProvider(timing: Timing) {
  return defineProvider({
    name: 'etcd',
    options: etcdOptions,
    async provide(context) {
      await new EtcdProvider(context, await connectTo(context), timing).run()
    },
  })
}

/** Routing configuration from the keys of etcd, followed while they change. */
export const etcd = etcdProvider({ compareEveryMs: 30_000, lateMs: 3_000 })

class EtcdProvider {
  readonly #context: ProviderContext<EtcdOptions>
  readonly #cluster: Cluster
  readonly #range: Range
  readonly #timing: Timing
  #said: ReadonlyMap<string, string> | undefined
  #endSession: () => void = () => {}

  constructor(context: ProviderContext<EtcdOptions>, cluster: Cluster, timing: Timing) {
    this.#context = context
    this.#cluster = cluster
    this.#timing = timing
    this.#range = rangeBelow(context.options.rootKey)
  }

  async run(): Promise<void> {
    const { signal, log, onReload } = this.#context
    onReload(() => this.#endSession())
    signal.addEventListener('abort', () => this.#endSession(), { once: true })
    const backoff = new Backoff()
    while (!signal.aborted) await retrying(signal, backoff, () => this.#attempt(), log)
  }

  /** Follows one member after another; fails when each has failed. */
  async #attempt(): Promise<void> {
    const { signal, status, log } = this.#context
    try {
      await this.#cluster.each((member) => this.#follow(member), { signal, log })
    } catch (error) {
      if (!signal.aborted) status('failed', (error as Error).message)
      throw error
    }
  }

  /** Reads the keys and stays with their changes. Ends when they are to be read anew, fails when anything is in doubt. */
  async #follow(member: Member): Promise<void> {
    const { promise: asked, resolve } = Promise.withResolvers<void>()
    this.#endSession = resolve
    await member.open()
    const { revision, keys } = await member.read(this.#range)
    const mirror = new Mirror(revision, keys)
    using burst = new Burst()
    using watch = await member.watch({
      range: this.#range,
      from: revision + 1n,
      hear: (changes) => {
        mirror.apply(changes)
        burst.add()
      },
    })
    this.#say(mirror.pairs)
    this.#context.status('ready')
    const over = new AbortController()
    try {
      await Promise.race([asked, watch.failed, this.#keepSaying(mirror, burst), this.#keepComparing(member, mirror, over.signal)])
    } finally {
      over.abort()
    }
  }

  async #keepSaying(mirror: Mirror, burst: Burst): Promise<never> {
    for (;;) {
      await burst.next()
      this.#say(mirror.pairs)
    }
  }

  /** A watch can fall silent without an end, so that what it brought is compared with what there is. */
  async #keepComparing(member: Member, mirror: Mirror, signal: AbortSignal): Promise<never> {
    const { compareEveryMs, lateMs } = this.#timing
    for (;;) {
      await pause(compareEveryMs, undefined, { signal })
      const facts = await member.facts(this.#range)
      if (mirror.isUpTo(facts)) continue
      await pause(lateMs, undefined, { signal })
      if (!mirror.isUpTo(facts)) throw new Error('the watch of etcd has missed changes')
    }
  }

  #say(pairs: ReadonlyMap<string, string>): void {
    const { options, emit, signal, log } = this.#context
    if (signal.aborted || (this.#said !== undefined && areEqual(this.#said, pairs))) return
    this.#said = pairs
    log.debug('keys were read', { keys: pairs.size })
    emit(decodeTree(pairs, { rootKey: options.rootKey, source: (key) => ({ kind: 'key', store: 'etcd', key }) }))
  }
}

function areEqual(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  if (one.size !== other.size) return false
  for (const [key, value] of one) if (other.get(key) !== value) return false
  return true
}
