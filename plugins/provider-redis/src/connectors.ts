import { connect as connectTcp, type Socket } from 'node:net'
import { connect as connectTls } from 'node:tls'
import type { AbstractConnector, RedisOptions, SentinelConnector } from 'ioredis'

interface Library {
  readonly AbstractConnector: typeof AbstractConnector
  readonly SentinelConnector: typeof SentinelConnector
}

type ToSentinel = (endpoint: object, more?: object) => unknown

type Connector = NonNullable<RedisOptions['Connector']>

/**
 * What opens the connections of the client library. Its own connectors listen to the first error of a socket only: a second
 * one, as TLS may bring it, would end the process.
 */
export function connectorsOf({ AbstractConnector, SentinelConnector }: Library): Record<'ToServer' | 'ThroughSentinels', Connector> {
  class ToServer extends AbstractConnector {
    readonly #options: RedisOptions

    constructor(options: RedisOptions) {
      super(options.disconnectTimeout ?? 0)
      this.#options = options
    }

    async connect(): Promise<Socket> {
      const { host = '', port = 0, tls } = this.#options
      this.connecting = true
      const stream = tls ? connectTls({ host, port, ...tls }) : connectTcp({ host, port })
      stream.once('error', (error) => {
        this.firstError = error
      })
      this.stream = guarded(stream)
      return stream
    }
  }

  class ThroughSentinels extends SentinelConnector {
    constructor(options: RedisOptions) {
      super(options)
      // The library makes the connections to the sentinels themselves by a method of its own.
      const connect: ToSentinel = Reflect.get(this, 'connectToSentinel')
      Reflect.set(this, 'connectToSentinel', (endpoint: object, more?: object) =>
        connect.call(this, endpoint, { ...more, Connector: ToServer }),
      )
    }

    override async connect(tell: Parameters<SentinelConnector['connect']>[0]) {
      return guarded(await super.connect(tell))
    }
  }

  return { ToServer: ToServer as Connector, ThroughSentinels: ThroughSentinels as Connector }
}

function guarded<Stream extends { on(event: 'error', listener: () => void): unknown }>(stream: Stream): Stream {
  stream.on('error', () => {})
  return stream
}
