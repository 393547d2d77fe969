import { hostname } from 'node:os'
import { parseAddress } from '../config/entry-point.ts'
import type { LoadedStatic } from '../config/load.ts'
import type { Snapshot } from '../config/snapshot.ts'
import type { StaticConfiguration } from '../config/static.ts'
import { GatewayError } from '../errors.ts'
import type { Finding } from '../findings/finding.ts'
import type { Log } from '../log.ts'
import type { ProviderDefinition } from '../provider/definition.ts'
import { SERVER_KEYS, ServerState } from '../services/server-state.ts'
import type { Listening } from '../thread/messages.ts'
import type { WorkerData, WorkerEntryPoint } from '../thread/worker-data.ts'
import { ACME } from './acme/provider-name.ts'
import { readAuthorities } from './authorities.ts'
import { CellAllocator } from './cell-allocator.ts'
import { TlsUpkeep } from './certificates/tls-upkeep.ts'
import { CustomMiddlewares } from './custom-middlewares.ts'
import { defaultTcpTransportOf } from './default-tcp-transport.ts'
import { defaultTransportOf } from './default-transport.ts'
import { Disclosure } from './disclosure.ts'
import { HealthChecker } from './health/checker.ts'
import { askedServicesOf, INTERNAL, internalConfiguration } from './internal.ts'
import { planUdpEntryPoints } from './merge-streams.ts'
import { metricsPlanOf } from './metrics/plan.ts'
import { probeAddresses } from './probe.ts'
import { ProviderGroup } from './provider-group.ts'
import { enabledProviders } from './providers.ts'
import { type Outcome, Publisher } from './publisher.ts'
import { Reconciler } from './reconciler.ts'
import { pause, systemTimers, type Timers } from './timers.ts'
import { Troubles } from './troubles.ts'
import { startWorkers, type Workers, type WorkersOptions } from './workers.ts'

export interface GatewayOptions {
  readonly static: Pick<LoadedStatic, 'configuration'>
  readonly providers: readonly ProviderDefinition[]
  /** Number of worker threads. */
  readonly workers: number
  readonly log: Log
  /** Told by the API. */
  readonly version?: string
  /** What was wrong before the start. */
  readonly findings?: readonly Finding[]
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

/** A thread inside native code does not end before it is through; whoever stops the gateway then ends the process. */
const END_MS = 5_000

/** Starts a gateway: providers, then the workers with what these said by then. Fails where an entry point cannot listen. */
export async function startGateway(options: GatewayOptions): Promise<Gateway> {
  const { workers: count, log, onFindings, timers = systemTimers } = options
  const { configuration } = options.static
  const common = { configuration, timers, log }
  refuseUnreadable(configuration)
  const cells = new CellAllocator(timers)
  const data = { ...workerDataOf(configuration), cells: cells.words }
  // A gateway that cannot listen leaves the sources of its providers alone.
  await probeAddresses(data.entryPoints)

  const publisher = new Publisher({ workers: count, timers, log })
  const health = new HealthChecker({ cells: (key, size) => cells.cells(key, size), timers, log })
  const publish = async (snapshot: Snapshot): Promise<Outcome> => {
    const outcome = await publisher.publish(tls.complete(snapshot))
    if (outcome.type === 'published') {
      health.update(outcome.snapshot, data.defaultTransport, data.defaultTcpTransport)
      tls.update(outcome.snapshot)
      if (outcome.applied > 0) disclosure.reloaded()
    }
    return outcome
  }
  const { version = '', findings = [] } = options
  const disclosure = await Disclosure.open({ ...common, providers: options.providers, version, findings, publisher, health, cells })
  const custom = new CustomMiddlewares(() => reconciler.refresh())
  const troubles = new Troubles(log, () => reconciler.report())
  const reconciler: Reconciler = new Reconciler({
    ...common,
    prepare: (said) => custom.prepare(said),
    troubles: (said) => troubles.findings(said),
    publish,
    place: (wanted) => cells.place(wanted),
    onReviewed: (reviewed) => disclosure.review(reviewed),
    onFindings: (found) => {
      disclosure.find(found)
      onFindings?.(found)
    },
  })
  reconciler.hear(INTERNAL, internalConfiguration(configuration))
  const tls = new TlsUpkeep({ ...common, hear: (message) => reconciler.hear(ACME, message) })
  await tls.load()
  const providers = new ProviderGroup({
    enabled: enabledProviders(options.providers, configuration),
    gapMs: configuration.providers.providersThrottleDuration,
    hear: (provider, message) => reconciler.hear(provider, message),
    timers,
    log,
  })
  try {
    await within(FIRST_WORDS_MS, providers.firstWords, timers)
    // Workers must not listen before there is something to give them.
    await reconciler.prepare()
    const ready = reconciler.open()
    const workers = await startWorkers({
      count,
      data,
      ...(options.workerEntry === undefined ? {} : { entry: options.workerEntry }),
      timers,
      log,
      ...eventsFor({ disclosure, tls, publisher, troubles, cells }),
    })
    return new RunningGateway({ configuration, workers, providers, publisher, health, tls, custom, reconciler, ready, timers, log })
  } catch (error) {
    custom.close()
    reconciler.close()
    publisher.stop()
    await Promise.all([providers.stop(), tls.stop()])
    throw error
  }
}

type WorkerEvents = Pick<WorkersOptions, 'onUp' | 'onDown' | 'onAnswer' | 'onCounted' | 'onChallenges' | 'onAsk' | 'onTrouble'>

interface Listeners {
  readonly disclosure: Disclosure
  readonly tls: TlsUpkeep
  readonly publisher: Publisher
  readonly troubles: Troubles
  readonly cells: CellAllocator
}

/** Who hears what of the workers. */
function eventsFor({ disclosure, tls, publisher, troubles, cells }: Listeners): WorkerEvents {
  return {
    onUp: (link) => {
      disclosure.attach(link)
      tls.attach(link)
      publisher.attach(link)
    },
    onDown: (link) => {
      disclosure.detach(link)
      tls.detach(link)
      publisher.detach(link)
      troubles.forget(link.index)
      for (const server of cells.cellsUnder(SERVER_KEYS)) new ServerState(server).forgetRequests()
    },
    onAnswer: (link, answer) => publisher.receive(link, answer),
    onCounted: (link, counted) => disclosure.count(link, counted),
    onChallenges: (link, version) => tls.taken(link, version),
    onAsk: (link, asked) => void disclosure.answer(link, asked),
    onTrouble: (link, trouble) => troubles.hear(link.index, trouble),
  }
}

interface Parts {
  readonly configuration: StaticConfiguration
  readonly workers: Workers
  readonly providers: ProviderGroup
  readonly publisher: Publisher
  readonly health: HealthChecker
  readonly tls: TlsUpkeep
  readonly custom: CustomMiddlewares
  readonly reconciler: Reconciler
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
    this.#parts.tls.retry()
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const { configuration, workers, providers, publisher, health, tls, custom, reconciler, timers, log } = this.#parts
    const lifeCycles = Object.values(configuration.entryPoints).map(({ transport }) => transport.lifeCycle)
    const acceptMs = Math.max(0, ...lifeCycles.map(({ requestAcceptGraceTimeout }) => requestAcceptGraceTimeout))
    const graceMs = Math.max(0, ...lifeCycles.map(({ graceTimeOut }) => graceTimeOut))
    log.info('stopping', { acceptMs, graceMs })
    custom.close()
    reconciler.close()
    // Load balancers see ping fail while everything is still served.
    workers.terminate()
    if (acceptMs > 0) await pause(timers, acceptMs)
    for (const entryPoints of drainOrder(configuration)) {
      const cut = await within(graceMs + DRAIN_SLACK_MS, workers.drain(entryPoints), timers)
      if (cut === undefined || cut > 0) log.warn('connections were cut at the end of the grace time', { cut })
    }
    await Promise.all([providers.stop(), health.stop(), tls.stop()])
    await within(END_MS, workers.stop(), timers)
    publisher.stop()
    log.info('stopped')
  }
}

/** The entry point that answers ping closes last: until all requests are done, whoever asks hears that the process ends. */
function drainOrder({ entryPoints, ping }: StaticConfiguration): string[][] {
  const udp = planUdpEntryPoints({ entryPoints }).names
  const names = Object.keys(entryPoints).filter((name) => !udp.includes(name))
  const others = names.filter((name) => name !== ping?.entryPoint)
  // Sessions of UDP end by their silence alone.
  return [others, names.filter((name) => !others.includes(name)), [...udp]].filter((round) => round.length > 0)
}

/** What a promise resolves to, or undefined when the time is over. */
async function within<T>(ms: number, promise: Promise<T>, timers: Timers): Promise<T | undefined> {
  const over = new AbortController()
  const result = await Promise.race([promise, pause(timers, ms, over.signal).then(() => undefined)])
  over.abort()
  return result
}

function refuseUnreadable({ serversTransport, tcpServersTransport }: StaticConfiguration): void {
  const lists = {
    'serversTransport.rootCAs': serversTransport.rootCAs,
    'tcpServersTransport.tls.rootCAs': tcpServersTransport.tls?.rootCAs,
  }
  for (const [path, files = []] of Object.entries(lists)) {
    const [first] = readAuthorities(files).unreadable
    if (first !== undefined) throw new GatewayError('GTW_CONFIG_UNREADABLE', `${path} names ${first.file} (${first.reason})`)
  }
}

function workerDataOf(configuration: StaticConfiguration): Omit<WorkerData, 'index' | 'beat' | 'cells'> {
  return {
    entryPoints: resolveEntryPoints(configuration),
    hostname: hostname(),
    defaultTransport: defaultTransportOf(configuration),
    defaultTcpTransport: defaultTcpTransportOf(configuration),
    pingTerminatingStatus: configuration.ping?.terminatingStatusCode ?? 503,
    askedServices: askedServicesOf(configuration),
    metrics: metricsPlanOf(configuration),
  }
}

function resolveEntryPoints({ entryPoints }: StaticConfiguration): WorkerEntryPoint[] {
  return Object.entries(entryPoints).flatMap(([name, options]) => {
    const address = parseAddress(options.address)
    if (!('port' in address)) return []
    return [{ name, host: address.host, port: address.port, options, ...(address.protocol === 'udp' ? { protocol: 'udp' } : {}) }]
  })
}
