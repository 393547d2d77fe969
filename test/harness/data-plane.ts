import { parse } from 'yaml'
import type { EntryPoint } from '../../src/config/entry-point.ts'
import { aggregate, type Said } from '../../src/control/aggregator.ts'
import { DefaultCertificate } from '../../src/control/certificates/default-certificate.ts'
import { defaultTransportOf } from '../../src/control/default-transport.ts'
import { verify } from '../../src/control/verify.ts'
import { readPasswordHash } from '../../src/middlewares/basic-auth/password-hash.ts'
import { FaultLog } from '../../src/observe/fault-log.ts'
import { Listener } from '../../src/proxy/listener.ts'
import { Switch } from '../../src/proxy/switch.ts'
import { TlsContexts } from '../../src/proxy/tls-context.ts'
import { build } from '../../src/runtime/build.ts'
import { Clock } from '../../src/runtime/clock.ts'
import { Keeper } from '../../src/runtime/keeper.ts'
import { realTime } from '../../src/runtime/time.ts'
import { noop } from '../../src/services/internal/noop.ts'
import { privateCellsByKey } from '../../src/state/cells.ts'
import { Pools } from '../../src/upstream/pools.ts'
import { ManualClock } from './manual-clock.ts'
import { staticOf } from './static.ts'

export interface DataPlaneOptions {
  /** Servers of the one service that answers every request … */
  readonly urls?: readonly string[]
  /** … or dynamic configuration in YAML. */
  readonly dynamic?: string
  /** Options of `entryPoints.web` beside its address. */
  readonly entryPoint?: object
  /** Options of `serversTransport`. */
  readonly transport?: object
}

/** A data plane with the clock that it runs on. */
export interface TimedDataPlane<Time extends Clock> extends DataPlane {
  readonly clock: Time
}

interface DataPlane extends AsyncDisposable {
  readonly port: number
  readonly tls: TlsContexts
  /** Stops accepting, as for a shutdown; resolves to the number of connections that were cut. */
  drain(): Promise<number>
  /** Closes idle connections to servers and forgets the routes. */
  forgetServers(): void
}

const everythingTo = (urls: readonly string[]): object => ({
  http: {
    routers: { all: { rule: 'PathPrefix(`/`)', service: 'app' } },
    services: { app: { loadBalancer: { servers: urls.map((url) => ({ url })) } } },
  },
})

/** Assembles listener, handler trees and pools in this process, on a free port of 127.0.0.1: no worker and no provider, and time stands still until a test moves it. */
export function startDataPlane(options: DataPlaneOptions): Promise<TimedDataPlane<ManualClock>>
export function startDataPlane<Time extends Clock>(options: DataPlaneOptions, clock: Time): Promise<TimedDataPlane<Time>>
export async function startDataPlane(options: DataPlaneOptions, clock: Clock = new ManualClock()): Promise<TimedDataPlane<Clock>> {
  const configuration = staticOf({
    entryPoints: { web: { address: '127.0.0.1:0', transport: { lifeCycle: { graceTimeOut: '50ms' } }, ...options.entryPoint } },
    ...(options.transport === undefined ? {} : { serversTransport: options.transport }),
  })
  const written = options.dynamic === undefined ? everythingTo(options.urls ?? []) : parse(options.dynamic)
  const said: Said = aggregate(new Map(), { provider: 'file', message: { configuration: written } })
  const { snapshot, findings } = verify(said, configuration)
  if (findings[0] !== undefined) throw new TypeError(`${findings[0].path}: ${findings[0].message}`)

  const keeper = new Keeper()
  const pools = new Pools(keeper, clock)
  const trees = new Switch()
  const { trees: built, tlsTrees } = build(snapshot, {
    time: realTime,
    checkPassword: async (password, hash) => readPasswordHash(hash).matches(password),
    entryPoints: ['web'],
    defaultTransport: defaultTransportOf(configuration),
    openServer: (address, transport) => pools.open(address, transport),
    keep: (key, create) => keeper.take(key, create),
    cells: privateCellsByKey(),
    internalServices: { 'noop@internal': noop },
  })
  trees.replace(built, tlsTrees)
  const tls = new TlsContexts()
  tls.replace(new DefaultCertificate().complete(snapshot).tls)
  keeper.settle()
  const faults = new FaultLog(new Clock(), () => {})
  const entryPoint = { name: 'web', host: '127.0.0.1', port: 0, options: configuration.entryPoints.web as EntryPoint }
  const listener = new Listener(entryPoint, { clock, trees, tls, hostname: 'gateway.test', faults })
  const { port } = await listener.listen()
  const forgetServers = (): void => {
    trees.replace(new Map())
    keeper.settle()
  }
  let drained: Promise<number> | undefined
  const drain = (): Promise<number> => {
    drained ??= listener.drain()
    return drained
  }
  return {
    port,
    clock,
    tls,
    drain,
    forgetServers,
    async [Symbol.asyncDispose]() {
      forgetServers()
      await drain()
    },
  }
}
