import { serversTransport } from '../../src/config/servers-transport.ts'
import type { Dispatch } from '../../src/dispatch/dispatch.ts'
import { Keeper } from '../../src/runtime/keeper.ts'
import { check } from '../../src/schema/index.ts'
import { Pools } from '../../src/upstream/pools.ts'
import { ManualClock } from './manual-clock.ts'

/** The server side of a data plane alone: time stands still until a test moves it. */
export class OpenedServers implements AsyncDisposable {
  readonly clock = new ManualClock()
  readonly #keeper = new Keeper()
  readonly #pools = new Pools(this.#keeper, this.clock)

  /** The dispatch to a server on 127.0.0.1, unless the URL names another host; files of the transport must be PEM texts already. */
  open(url: string, transport: object = {}): Dispatch {
    const { value, issues } = check(serversTransport, transport)
    if (issues[0] !== undefined) throw new TypeError(issues[0].message)
    const { protocol, hostname, port } = new URL(url.replace('h2c:', 'http:'))
    const scheme = url.startsWith('h2c:') ? 'h2c' : protocol === 'https:' ? 'https' : 'http'
    return this.#pools.open({ scheme, host: hostname, port: Number(port), hostField: undefined, basePath: '' }, value)
  }

  /** A configuration is live: what was opened since the last one stays, everything else goes. */
  settle(): void {
    this.#keeper.settle()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.settle()
    this.settle()
    await this.clock.untilNothingIsWatched()
  }
}
