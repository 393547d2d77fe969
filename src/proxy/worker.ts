import { parentPort, workerData } from 'node:worker_threads'
import { GatewayError } from '../errors.ts'
import { build } from '../runtime/build.ts'
import { Clock } from '../runtime/clock.ts'
import { Keeper } from '../runtime/keeper.ts'
import { noop } from '../services/internal/noop.ts'
import { buildPing } from '../services/internal/ping.ts'
import { buildWhoami } from '../services/internal/whoami.ts'
import type { FromWorker, ToWorker, WireError } from '../thread/messages.ts'
import type { WorkerData } from '../thread/worker-data.ts'
import { Pools } from '../upstream/pools.ts'
import { Listener } from './listener.ts'
import { Switch } from './switch.ts'

/** The entry of a worker thread: one data plane with its own trees, pools and listeners, driven by messages. */
class Worker {
  readonly #data: WorkerData
  readonly #clock = new Clock()
  readonly #keeper = new Keeper()
  readonly #pools = new Pools(this.#keeper, this.#clock)
  readonly #trees = new Switch()
  readonly #listeners: Listener[]
  #terminating = false

  constructor(data: WorkerData) {
    this.#data = data
    const context = { clock: this.#clock, trees: this.#trees, hostname: data.hostname }
    this.#listeners = data.entryPoints.map((entryPoint) => new Listener(entryPoint, context))
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
  }

  hear(message: ToWorker): void {
    switch (message.type) {
      case 'apply':
        this.#apply(message)
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

  #apply({ snapshot }: Extract<ToWorker, { type: 'apply' }>): void {
    try {
      const { trees, findings } = build(snapshot, {
        entryPoints: this.#data.entryPoints.map(({ name }) => name),
        defaultTransport: this.#data.defaultTransport,
        openServer: (address, transport) => this.#pools.open(address, transport),
        keep: (key, create) => this.#keeper.take(key, create),
        internalServices: {
          'ping@internal': buildPing(() => this.#terminating, this.#data.pingTerminatingStatus),
          'whoami@internal': buildWhoami(this.#data.hostname),
          'noop@internal': noop,
        },
      })
      this.#trees.replace(trees)
      this.#keeper.settle()
      say({ type: 'applied', revision: snapshot.revision, findings })
    } catch (error) {
      this.#keeper.abandon()
      say({ type: 'rejected', revision: snapshot.revision, error: toWireError(error) })
    }
  }

  async #drain(entryPoints: readonly string[]): Promise<void> {
    const listeners = this.#listeners.filter(({ name }) => entryPoints.includes(name))
    const cuts = await Promise.all(listeners.map((listener) => listener.drain()))
    say({ type: 'drained', cut: cuts.reduce((sum, count) => sum + count, 0) })
  }
}

function say(message: FromWorker): void {
  parentPort?.postMessage(message)
}

function toWireError(error: unknown): WireError {
  if (error instanceof GatewayError) return { code: error.code, detail: error.message }
  const { code, message } = error as NodeJS.ErrnoException
  return { code: code?.startsWith('E') ? 'GTW_LISTEN_FAILED' : 'GTW_INTERNAL', detail: code ?? message }
}

const worker = new Worker(workerData as WorkerData)
parentPort?.on('message', (message: ToWorker) => worker.hear(message))
await worker.listen()
