import { hostname } from 'node:os'
import { parseAddress } from '../config/entry-point.ts'
import type { LoadedStatic } from '../config/load.ts'
import type { Snapshot } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import { GatewayError } from '../errors.ts'
import type { Finding } from '../findings/finding.ts'
import type { Log } from '../log.ts'
import type { ProviderDefinition } from '../provider/definition.ts'
import type { Listening } from '../thread/messages.ts'
import type { WorkerData, WorkerEntryPoint } from '../thread/worker-data.ts'
import { readAuthorities } from './authorities.ts'
import { defaultTransportOf } from './default-transport.ts'
import { INTERNAL, internalConfiguration } from './internal.ts'
import { probeAddresses } from './probe.ts'
import { ProviderGroup } from './provider-group.ts'
import { enabledProviders } from './providers.ts'
import { Publisher } from './publisher.ts'
import { Reconciler } from './reconciler.ts'
import { pause, systemTimers, type Timers } from './timers.ts'
import { startWorkers, type Workers } from './workers.ts'

export interface GatewayOptions {
  readonly static: Pick<LoadedStatic, 'configuration'>
  readonly providers: readonly ProviderDefinition[]
  /** Number of worker threads. */
  readonly workers: number
  readonly log: Log
  /** Hears all findings that there are, each time they may have changed. */
  readonly onFindings?: (findings: readonly Finding[]) => void
  readonly timers?: Timers
  /** The script of the worker threads. */
  readonly workerEntry?: URL
}

/** A running gateway. */
export interface Gateway {
  /** Where it listens, with the real ports. */
  readonly addresses: readonly Listening[]
  /** The configuration that is live. */
  readonly snapshot: Snapshot | undefined
  /** Resolves when the first configuration is live in every worker. */
  readonly ready: Promise<void>
  /** Resolves when the gateway cannot go on; it still has to be stopped. */
  readonly failed: Promise<Error>
  /** Asks every provider for a fresh reading. */
  reload(): void
  /** Lets what is under way finish, then ends everything. */
  stop(): Promise<void>
}

/** How long the start waits for what providers say, so that the first request meets their routers. */
const FIRST_WORDS_MS = 1000

/** How long a worker may take beyond its grace time before it is ended whatever it does. */
const DRAIN_SLACK_MS = 10_000

/** Starts a gateway: providers, then the workers with what these said by then. Fails where an entry point cannot listen. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { workers: count, log, onFindings, timers = systemTimers } = options
  const { configuration } = options.static
  refuseUnreadable(configuration)
  const data = workerDataOf(configuration)
  // A gateway that cannot listen leaves the sources of its providers alone.
  await probeAddresses(data.entryPoints)

  const publisher = new Publisher({ workers: count, timers, log })
  const publish = publisher.publish.bind(publisher)
  const reconciler = new Reconciler({ configuration, publish, log, ...(onFindings === undefined ? {} : { onFindings }) })
  reconciler.hear(INTERNAL, internalConfiguration(configuration))
  const providers = new ProviderGroup({
    enabled: enabledProviders(options.providers, configuration),
    gapMs: configuration.providers.providersThrottleDuration,
    hear: (provider, message) => reconciler.hear(provider, message),
    timers,
    log,
  })
  try {
    await within(FIRST_WORDS_MS, providers.firstWords, timers)
    const ready = reconciler.open()
    const workers = await startWorkers({
      count,
      data,
      ...(options.workerEntry === undefined ? {} : { entry: options.workerEntry }),
      timers,
      log,
      onUp: (link) => publisher.attach(link),
      onDown: (link) => publisher.detach(link),
      onAnswer: (link, answer) => publisher.receive(link, answer),
    })
    return new RunningGateway({ configuration, workers, providers, publisher, ready, timers, log })
  } catch (error) {
    publisher.stop()
    await providers.stop()
    throw error
  }
}

interface Parts {
  readonly configuration: StaticConfiguration
  readonly workers: Workers
  readonly providers: ProviderGroup
  readonly publisher: Publisher
  readonly ready: Promise<void>
  readonly timers: Timers
  readonly log: Log
}

class RunningGateway implements Gateway {
  readonly addresses: readonly Listening[]
  readonly ready: Promise<void>
  readonly failed: Promise<Error>
  readonly #parts: Parts
  #stopped: Promise<void> | undefined

  constructor(parts: Parts) {
    this.#parts = parts
    this.addresses = parts.workers.addresses
    this.ready = parts.ready
    this.failed = parts.workers.failed
  }

  get snapshot(): Snapshot | undefined {
    return this.#parts.publisher.current
  }

  reload(): void {
    this.#parts.providers.reload()
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const { configuration, workers, providers, publisher, timers, log } = this.#parts
    const lifeCycles = Object.values(configuration.entryPoints).map(({ transport }) => transport.lifeCycle)
    const acceptMs = Math.max(0, ...lifeCycles.map(({ requestAcceptGraceTimeout }) => requestAcceptGraceTimeout))
    const graceMs = Math.max(0, ...lifeCycles.map(({ graceTimeOut }) => graceTimeOut))
    log.info('stopping', { acceptMs, graceMs })
    // Load balancers see ping fail while everything is still served.
    workers.terminate()
    if (acceptMs > 0) await pause(timers, acceptMs)
    for (const entryPoints of drainOrder(configuration)) {
      const cut = await within(graceMs + DRAIN_SLACK_MS, workers.drain(entryPoints), timers)
      if (cut === undefined || cut > 0) log.warn('connections were cut at the end of the grace time', { cut })
    }
    await providers.stop()
    await workers.stop()
    publisher.stop()
    log.info('stopped')
  }
}

/** The entry point that answers ping closes last: until all requests are done, whoever asks hears that the process ends. */
function drainOrder({ entryPoints, ping }: StaticConfiguration): string[][] {
  const names = Object.keys(entryPoints)
  const others = names.filter((name) => name !== ping?.entryPoint)
  return others.length === 0 ? [names] : [others, names.filter((name) => !others.includes(name))]
}

/** What a promise resolves to, or undefined when the time is over. */
async function within<T>(ms: number, promise: Promise<T>, timers: Timers): Promise<T | undefined> {
  const over = new AbortController()
  const result = await Promise.race([promise, pause(timers, ms, over.signal).then(() => undefined)])
  over.abort()
  return result
}

function refuseUnreadable({ serversTransport }: StaticConfiguration): void {
  const [first] = readAuthorities(serversTransport.rootCAs).unreadable
  if (first !== undefined) throw new GatewayError('GTW_CONFIG_UNREADABLE', `serversTransport.rootCAs names ${first.file} (${first.reason})`)
}

function workerDataOf(configuration: StaticConfiguration): Omit<WorkerData, 'index'> {
  return {
    entryPoints: resolveEntryPoints(configuration),
    hostname: hostname(),
    defaultTransport: defaultTransportOf(configuration),
    pingTerminatingStatus: configuration.ping?.terminatingStatusCode ?? 503,
  }
}

function resolveEntryPoints({ entryPoints }: StaticConfiguration): WorkerEntryPoint[] {
  return Object.entries(entryPoints).flatMap(([name, options]) => {
    const address = parseAddress(options.address)
    return 'port' in address && address.protocol === 'tcp' ? [{ name, host: address.host, port: address.port, options }] : []
  })
}
