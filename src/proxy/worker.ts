import { setTimeout as delay } from 'node:timers/promises'
import { type MessagePort, parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import type { Dispatch } from '../dispatch/dispatch.ts'
import { GatewayError } from '../errors.ts'
import { FaultLog } from '../observe/fault-log.ts'
import { TreeMetrics } from '../observe/tree-metrics.ts'
import { buildSteps } from '../runtime/build.ts'
import type { BuildContext } from '../runtime/build-context.ts'
import { BuildMemory } from '../runtime/build-memory.ts'
import { buildStreamSteps } from '../runtime/build-streams.ts'
import { Clock } from '../runtime/clock.ts'
import { Keeper } from '../runtime/keeper.ts'
import { realTime } from '../runtime/time.ts'
import { AcmeHttp } from '../services/internal/acme-http.ts'
import { noop } from '../services/internal/noop.ts'
import { buildPing } from '../services/internal/ping.ts'
import { buildWhoami } from '../services/internal/whoami.ts'
import type { Cells } from '../state/cells.ts'
import { startBeating } from '../thread/heartbeat.ts'
import type { FromWorker, ToWorker, WireError } from '../thread/messages.ts'
import type { MetricsPlan } from '../thread/metric-series.ts'
import { stepForward } from '../thread/priority.ts'
import type { WorkerSnapshot } from '../thread/snapshot-parts.ts'
import type { WorkerData } from '../thread/worker-data.ts'
import { Pools } from '../upstream/pools.ts'
import { Applier, type Steps } from './applier.ts'
import { Listener } from './listener.ts'
import { PasswordChecks } from './password-checks.ts'
import { Questions } from './questions.ts'
import { StreamSwitch } from './stream-switch.ts'
import { Switch } from './switch.ts'
import { TlsContexts } from './tls-context.ts'
import { UdpListener } from './udp/udp-listener.ts'
import { WorkerUserCode } from './user-code.ts'

/** Middlewares of the user's own that take longer to load than this leave a new thread with routers that are not there yet. */
const LONGEST_SETTLE_MS = 5_000

/** The entry of a worker thread: one data plane with its own trees, pools and listeners, driven by messages. */
class Worker {
  readonly #data: WorkerData
  readonly #clock = new Clock()
  readonly #keeper = new Keeper()
  readonly #memory = new BuildMemory()
  readonly #pools = new Pools(this.#keeper, this.#clock)
  readonly #trees = new Switch()
  readonly #tls = new TlsContexts()
  readonly #acmeHttp = new AcmeHttp()
  readonly #userCode = new WorkerUserCode((line) => say({ type: 'log', line }))
  readonly #passwords = new PasswordChecks()
  readonly #questions = new Questions(this.#clock, (id, question) => say({ type: 'ask', id, question }))
  readonly #streams = new StreamSwitch()
  readonly #listeners: (Listener | UdpListener)[]
  readonly #applier = new Applier((snapshot) => this.#apply(snapshot))
  /** Services that the control plane answers for. */
  readonly #asked: Readonly<Record<string, Dispatch>>
  /** Undefined where nothing is counted. */
  readonly #metrics: TreeMetrics | undefined
  #terminating = false
  /** Answers from before there was anything to connect to. */
  #early: FromWorker[] | undefined = []

  constructor(data: WorkerData) {
    this.#data = data
    this.#asked = Object.fromEntries(data.askedServices.map((name) => [name, this.#questions.service(name)]))
    this.#metrics = data.metrics && metricsOf(data, data.metrics)
    const faults = new FaultLog(this.#clock, (fault) => say({ type: 'fault', fault }))
    const context = {
      clock: this.#clock,
      trees: this.#trees,
      tls: this.#tls,
      streams: this.#streams,
      hostname: data.hostname,
      faults,
      metrics: this.#metrics,
    }
    this.#listeners = data.entryPoints.map((entryPoint) =>
      entryPoint.protocol === 'udp' ? new UdpListener(entryPoint, context) : new Listener(entryPoint, context),
    )
  }

  /** Resolves when all that was heard so far is live, or it takes too long to wait for. */
  async settled(): Promise<void> {
    await Promise.race([this.#applier.idle, delay(LONGEST_SETTLE_MS, undefined, { ref: false })])
  }

  async listen(): Promise<void> {
    const addresses = []
    for (const listener of this.#listeners) {
      try {
        addresses.push(await listener.listen())
      } catch (error) {
        say({ type: 'listenFailed', entryPoint: listener.name, error: toWireError(error) })
        return
      }
    }
    say({ type: 'listening', addresses })
    for (const answer of this.#early ?? []) say(answer)
    this.#early = undefined
  }

  /** A configuration is not live as long as nobody can connect. */
  #answer(answer: FromWorker): void {
    if (this.#early === undefined) say(answer)
    else this.#early.push(answer)
  }

  hear(message: ToWorker): void {
    switch (message.type) {
      case 'apply':
        this.#applier.add(message.revision, message.parts)
        break
      case 'ticketKeys':
        this.#tls.setTicketKeys(message.keys)
        break
      case 'challenges':
        this.#acmeHttp.replace(message.challenges.http)
        this.#tls.setChallenges(message.challenges.tls)
        say({ type: 'challengesTaken', version: message.version })
        break
      case 'staples':
        this.#tls.setStaples(message.staples)
        break
      case 'forgetSeries':
        this.#metrics?.forget(message.points)
        break
      case 'told':
        this.#questions.tell(message.id, message.answer)
        break
      case 'terminate':
        this.#terminating = true
        break
      case 'drain':
        void this.#drain(message.entryPoints)
        break
      default:
        message satisfies never
    }
  }

  *#apply(snapshot: WorkerSnapshot): Steps {
    try {
      yield this.#userCode.load(snapshot)
      const shared: Pick<BuildContext, 'entryPoints' | 'keep' | 'cells' | 'time'> = {
        entryPoints: this.#data.entryPoints.map(({ name }) => name),
        keep: (key, create) => this.#keeper.take(key, create),
        cells: (key) => this.#cellsOf(key, snapshot.cells),
        time: realTime,
      }
      const streams = yield* buildStreamSteps(snapshot, { ...shared, defaultTransport: this.#data.defaultTcpTransport })
      const { trees, tlsTrees, findings, commit } = yield* buildSteps(snapshot, {
        ...shared,
        defaultTransport: this.#data.defaultTransport,
        openServer: (address, transport) => this.#pools.open(address, transport),
        last: { memory: this.#memory, keeper: this.#keeper },
        ...(this.#metrics === undefined ? {} : { observer: this.#metrics }),
        userCode: this.#userCode,
        checkPassword: (password, hash) => this.#passwords.check(password, hash),
        onTrouble: (middleware, problem) => say({ type: 'trouble', middleware, ...(problem === undefined ? {} : { problem }) }),
        internalServices: {
          'ping@internal': buildPing(() => this.#terminating, this.#data.pingTerminatingStatus),
          'whoami@internal': buildWhoami(this.#data.hostname),
          'noop@internal': noop,
          'acme-http@internal': this.#acmeHttp.dispatch,
          ...this.#asked,
        },
      })
      commit()
      this.#trees.replace(trees, tlsTrees)
      this.#streams.replace(streams)
      this.#tls.replace(snapshot.tls)
      this.#keeper.settle()
      this.#answer({ type: 'applied', revision: snapshot.revision, findings: [...findings, ...streams.findings] })
    } catch (error) {
      this.#keeper.abandon()
      this.#answer({ type: 'rejected', revision: snapshot.revision, error: toWireError(error) })
    }
  }

  /** The control plane has given every key of this snapshot its place. */
  #cellsOf(key: string, places: Readonly<Record<string, number>>): Cells {
    const at = places[key]
    if (at === undefined) throw new GatewayError('GTW_INTERNAL', `no shared memory for ${key}`)
    return { words: this.#data.cells, at }
  }

  async #drain(entryPoints: readonly string[]): Promise<void> {
    const listeners = this.#listeners.filter(({ name }) => entryPoints.includes(name))
    const cuts = await Promise.all(listeners.map((listener) => listener.drain()))
    say({ type: 'drained', cut: cuts.reduce((sum, count) => sum + count, 0) })
  }
}

function metricsOf({ entryPoints }: WorkerData, plan: MetricsPlan): TreeMetrics {
  return new TreeMetrics({
    plan,
    silentEntryPoints: entryPoints.filter(({ options }) => options.observability?.metrics === false).map(({ name }) => name),
    tell: (place) => say({ type: 'series', place }),
    onManyValues: (point) => say({ type: 'manyValues', point }),
  })
}

function take(port: MessagePort): { readonly message: ToWorker } | undefined {
  return receiveMessageOnPort(port)
}

function say(message: FromWorker): void {
  parentPort?.postMessage(message)
}

function toWireError(error: unknown): WireError {
  if (error instanceof GatewayError) return { code: error.code, detail: error.message }
  const { code, message } = error as NodeJS.ErrnoException
  return { code: code?.startsWith('E') ? 'GTW_LISTEN_FAILED' : 'GTW_INTERNAL', detail: code ?? message }
}

stepForward()
const data = workerData as WorkerData
const worker = new Worker(data)
// A thread in the place of another finds its configuration waiting, and must not answer before that is live.
if (parentPort !== null) for (let sent = take(parentPort); sent !== undefined; sent = take(parentPort)) worker.hear(sent.message)
await worker.settled()
parentPort?.on('message', (message: ToWorker) => worker.hear(message))
await worker.listen()
startBeating(data.beat)
