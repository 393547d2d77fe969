import { MessageChannel, Worker } from 'node:worker_threads'
import type { Snapshot } from '../config/snapshot.ts'
import { GatewayError } from '../errors.ts'
import type { UserLogLine } from '../middlewares/definition.ts'
import type { Command, Fault, FromWorker, Listening, ToWorker } from '../thread/messages.ts'
import { partsBetween } from '../thread/snapshot-parts.ts'
import type { WorkerData } from '../thread/worker-data.ts'
import { settleHeaps } from './heaps.ts'
import { listenError } from './listen-error.ts'
import { stuckPlace } from './stuck-place.ts'

/** How a worker took a snapshot. */
export type Answer = Extract<FromWorker, { type: 'applied' | 'rejected' }>

/** What the control plane holds of a worker: an index for logs, and the way to it. */
export interface WorkerLink {
  readonly index: number
  readonly send: (message: Command | Apply) => void
}

/** What a middleware lacks, as a worker says it. */
export type Trouble = Extract<FromWorker, { type: 'trouble' }>

/** A client's question to the control plane. */
export type Asked = Extract<FromWorker, { type: 'ask' }>

/** What a worker says of what it counts. */
export type Counted = Extract<FromWorker, { type: 'series' | 'manyValues' }>

/** Make this snapshot live. */
interface Apply {
  readonly type: 'apply'
  readonly snapshot: Snapshot
}

/** What a worker says that is not an answer to its owner alone. */
export interface WorkerEvents {
  onAnswer(answer: Answer): void
  onAsk(asked: Asked): void
  onChallenges(version: number): void
  onCounted(counted: Counted): void
  onFault(fault: Fault): void
  onLog(line: UserLogLine): void
  onTrouble(trouble: Trouble): void
}

/** Requests leave little behind that lives: a larger nursery takes memory and gives no speed (512 connections: 237 → 174 MiB). */
const YOUNG_MB = 24

/** One worker thread from its start to its end. Its promises never stay open once the thread is gone. */
export class WorkerThread implements WorkerLink {
  readonly index: number
  /** The addresses once it listens; rejects where it cannot, or where it ends before. */
  readonly listening: Promise<readonly Listening[]>
  /** Resolves when the thread is gone, with the reason. */
  readonly ended: Promise<Error>
  readonly #data: WorkerData
  readonly #worker: Worker
  readonly #events: WorkerEvents
  readonly #listening = Promise.withResolvers<readonly Listening[]>()
  #drained = Promise.withResolvers<number>()
  /** What the worker knows. */
  #last: Snapshot | undefined
  #isGone = false

  constructor(entry: URL, data: Omit<WorkerData, 'beat'>, events: WorkerEvents) {
    this.index = data.index
    this.listening = this.#listening.promise
    this.#data = { ...data, beat: new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) }
    this.#events = events
    settleHeaps(YOUNG_MB / 3)
    this.#worker = new Worker(entry, {
      workerData: this.#data,
      name: `gateway ${data.index}`,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    })
    this.#worker.on('message', (message: FromWorker) => this.#receive(message))
    this.ended = this.#untilEnd()
    // Whoever needs to know awaits it; a thread that dies later has long been listening.
    this.listening.catch(() => {})
  }

  /** A snapshot goes as what differs from the last one. */
  send(message: Command | Apply): void {
    if (message.type !== 'apply') {
      this.#worker.postMessage(message satisfies ToWorker)
      return
    }
    const { snapshot } = message
    const { port1, port2 } = new MessageChannel()
    for (const part of partsBetween(this.#last, snapshot)) port1.postMessage(part)
    this.#last = snapshot
    const apply: ToWorker = { type: 'apply', revision: snapshot.revision, parts: port2 }
    this.#worker.postMessage(apply, [port2])
  }

  /** Closes entry points; resolves to the number of connections that were cut, once nothing is open there any more. One at a time. */
  drain(entryPoints: readonly string[]): Promise<number> {
    if (this.#isGone) return Promise.resolve(0)
    this.#drained = Promise.withResolvers<number>()
    this.send({ type: 'drain', entryPoints })
    return this.#drained.promise
  }

  /** The word that the thread counts up. */
  get beat(): Int32Array {
    return this.#data.beat
  }

  /** Where it spends its time, if it never returns to its event loop. */
  stuckPlace(): ReturnType<typeof stuckPlace> {
    return stuckPlace(this.#worker)
  }

  /** Ends the thread whatever it does. */
  async end(): Promise<void> {
    await this.#worker.terminate()
  }

  async #untilEnd(): Promise<Error> {
    const { promise, resolve } = Promise.withResolvers<Error>()
    this.#worker.once('error', (error) => resolve(toError(error)))
    this.#worker.once('exit', (code) => resolve(new GatewayError('GTW_INTERNAL', `the worker ended with code ${code}`)))
    const reason = await promise
    this.#listening.reject(reason)
    this.#isGone = true
    this.#drained.resolve(0)
    return reason
  }

  #receive(message: FromWorker): void {
    switch (message.type) {
      case 'listening':
        this.#listening.resolve(message.addresses)
        break
      case 'listenFailed':
        this.#listening.reject(this.#listenError(message.entryPoint, message.error.detail))
        break
      case 'applied':
      case 'rejected':
        this.#events.onAnswer(message)
        break
      case 'challengesTaken':
        this.#events.onChallenges(message.version)
        break
      case 'drained':
        this.#drained.resolve(message.cut)
        break
      case 'fault':
        this.#events.onFault(message.fault)
        break
      case 'ask':
        this.#events.onAsk(message)
        break
      case 'series':
      case 'manyValues':
        this.#events.onCounted(message)
        break
      case 'trouble':
        this.#events.onTrouble(message)
        break
      case 'log':
        this.#events.onLog(message.line)
        break
      default:
        message satisfies never
    }
  }

  #listenError(name: string, detail: string): GatewayError {
    const { host, port } = this.#data.entryPoints.find((entryPoint) => entryPoint.name === name) ?? { host: '', port: 0 }
    return listenError(name, { host, port }, detail)
  }
}

// A worker may throw anything, and what is thrown loses its class on the way.
function toError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new GatewayError('GTW_INTERNAL', String(thrown))
}
