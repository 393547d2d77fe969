import type { CallOptions, Channel, ChannelCredentials, InterceptingCall, Interceptor } from '@grpc/grpc-js'
import type { Etcd3, IOptions, IRangeResponse } from 'etcd3'
import type { Facts, KeyValue } from './mirror.ts'
import { KeyWatch, type Range, type WatchOptions } from './watch.ts'

/** The client library, which is loaded only where the provider is on. */
export interface Library {
  readonly Etcd3: typeof Etcd3
  readonly Channel: typeof Channel
  readonly InterceptingCall: typeof InterceptingCall
}

export interface MemberOptions {
  readonly library: Library
  /** `host:port`. */
  readonly address: string
  readonly credentials: ChannelCredentials
  readonly user?: { readonly name: string; readonly password: string } | undefined
}

/** All keys at one moment. */
export interface Snapshot {
  readonly revision: bigint
  readonly keys: readonly KeyValue[]
}

const CALL_WITHIN_MS = 5_000
const PAGE = 500

const CHANNEL = {
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
  'grpc.max_receive_message_length': 64 * 1024 * 1024,
  // What is shared between channels outlives them.
  'grpc.use_local_subchannel_pool': 1,
  'grpc.enable_channelz': 0,
  'grpc.enable_retries': 0,
  'grpc.enable_http_proxy': 0,
  'grpc.service_config_disable_resolution': 1,
}

/**
 * One connection to one member of a cluster. Of the library this uses the calls alone: its pool, its retries and its watcher
 * reconnect in ways that lose changes and errors, and its login leaves a channel behind each time.
 */
export class Member implements Disposable {
  readonly #channel: Channel
  readonly #etcd: Etcd3
  readonly #user: MemberOptions['user']
  #token: string | undefined

  constructor({ library, address, credentials, user }: MemberOptions) {
    this.#user = user
    this.#channel = endingForGood(new library.Channel(address, credentials, CHANNEL))
    const interceptors = [this.#interceptor(library)]
    const within = (): CallOptions => ({ interceptors, deadline: Date.now() + CALL_WITHIN_MS })
    this.#etcd = new library.Etcd3({
      hosts: address,
      grpcOptions: { channelOverride: this.#channel },
      defaultCallOptions: ({ isStream }) => (isStream ? { interceptors } : within()),
      faultHandling: { global: ONCE, host: () => ONCE },
    })
  }

  /** Logs in, where etcd asks for that. */
  async open(): Promise<void> {
    if (this.#user === undefined) return
    const { token } = await this.#etcd.auth.authenticate(this.#user)
    this.#token = token
  }

  /** Reads all keys of a range, page by page, as they were at one revision. */
  async read({ key, range_end }: Range): Promise<Snapshot> {
    const first = await this.#etcd.kv.range({ key, range_end, limit: PAGE })
    const { revision } = first.header
    const keys = [...first.kvs]
    for (let page = first; page.more; keys.push(...page.kvs)) {
      page = await this.#etcd.kv.range({ key: after(page), range_end, limit: PAGE, revision })
    }
    return { revision: BigInt(revision), keys }
  }

  /** Asks the cluster, not only this member, how the keys of a range stand. */
  async facts({ key, range_end }: Range): Promise<Facts> {
    const newest = { limit: 1, sort_order: 'Descend', sort_target: 'Mod', keys_only: true } as const
    const { header, count, kvs } = await this.#etcd.kv.range({ key, range_end, ...newest })
    return { revision: BigInt(header.revision), count: Number(count), newest: BigInt(kvs[0]?.mod_revision ?? 0) }
  }

  /** Begins to watch; resolves when etcd has confirmed it. */
  async watch(options: WatchOptions): Promise<KeyWatch> {
    const watch = new KeyWatch(await this.#etcd.watchClient.watch(), options)
    try {
      await watch.confirmed
      return watch
    } catch (error) {
      watch[Symbol.dispose]()
      throw error
    }
  }

  [Symbol.dispose](): void {
    this.#etcd.close()
    // Calls let go of the connection a moment after the channel is closed; without a second look it would stay for ten seconds.
    this.#channel.close()
  }

  #interceptor({ InterceptingCall }: Library): Interceptor {
    return (options, nextCall) =>
      new InterceptingCall(nextCall(options), {
        start: (metadata, listener, next) => {
          // A member that is cut off from its cluster then says so, where it would else wait in silence.
          metadata.set('hasleader', 'true')
          if (this.#token !== undefined) metadata.set('token', this.#token)
          next(metadata, listener)
        },
      })
  }
}

interface Attempt {
  /** Whether it connects once more after a pause. */
  continueConnecting: boolean
}

/**
 * A channel that, once closed, connects to nobody. The library lets those of its attempts go on that are in a pause: they would
 * connect as soon as the member is back, one for each failure there was, and stay connected.
 */
function endingForGood(channel: Channel): Channel {
  const close = channel.close.bind(channel)
  // Others close it, too: the client does so where a call has failed.
  channel.close = () => {
    const attempts = attemptsOf(channel)
    close()
    // The library makes up its mind whether to try again at the end of this turn.
    setImmediate(() => {
      for (const attempt of attempts) attempt.continueConnecting = false
    })
  }
  return channel
}

function attemptsOf(channel: Channel): readonly Attempt[] {
  type Pool = Readonly<Record<string, readonly { readonly subchannel: Attempt }[]>>
  const { internalChannel } = channel as unknown as { readonly internalChannel?: { readonly subchannelPool?: { readonly pool?: Pool } } }
  return Object.values(internalChannel?.subchannelPool?.pool ?? {}).flatMap((list) => list.map(({ subchannel }) => subchannel))
}

type Policy = NonNullable<NonNullable<IOptions['faultHandling']>['global']>

/** Calls once: whoever uses a member decides what follows from a failure. */
const ONCE = { execute: async (call: (context: object) => unknown) => await call({}) } as unknown as Policy

function after({ kvs }: IRangeResponse): Buffer {
  const last = kvs.at(-1)?.key
  if (last === undefined) throw new Error('etcd announced further keys and named none')
  return Buffer.concat([last, Buffer.from([0])])
}
