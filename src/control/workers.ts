import { CODES, GatewayError } from '../errors.ts'
import { describeSource } from '../findings/render-text.ts'
import type { Log } from '../log.ts'
import type { Fault, Listening } from '../thread/messages.ts'
import type { WorkerData, WorkerEntryPoint } from '../thread/worker-data.ts'
import { Heartbeat, STUCK_SECONDS } from './heartbeat.ts'
import { probeAddresses } from './probe.ts'
import { RestartPolicy } from './restart-policy.ts'
import type { Timers } from './timers.ts'
import { type Answer, type Asked, type Counted, type Trouble, type WorkerLink, WorkerThread } from './worker-thread.ts'

export interface WorkersOptions {
  readonly count: number
  readonly data: Omit<WorkerData, 'index' | 'beat'>
  /** The script of the thread; a test brings its own. */
  readonly entry?: URL
  readonly timers: Timers
  readonly log: Log
  /** A worker starts. It may be told the current snapshot at once, so that it has routers when the first client comes. */
  readonly onUp: (link: WorkerLink) => void
  /** A worker is gone: nothing more comes from it. */
  readonly onDown: (link: WorkerLink) => void
  readonly onAnswer: (link: WorkerLink, answer: Answer) => void
  /** A client of a worker wants to know something; the link is told `told`. */
  readonly onAsk?: (link: WorkerLink, asked: Asked) => void
  /** A worker has taken challenges of this version. */
  readonly onChallenges?: (link: WorkerLink, version: number) => void
  /** A worker counts something new. */
  readonly onCounted?: (link: WorkerLink, counted: Counted) => void
  /** A middleware in a worker lacks something, or has it again. */
  readonly onTrouble?: (link: WorkerLink, trouble: Trouble) => void
}

/** The thread's script as it stands beside this file: compiled, or TypeScript when run from source. */
const WORKER = new URL(import.meta.url.endsWith('.ts') ? '../proxy/worker.ts' : '../proxy/worker.js', import.meta.url)

const STUCK_HINT =
  'code there does not come to an end: what is asked of a server must be awaited, and what is long must give the thread back'

/** Starts the workers: the first one alone, as its ports are those of all; fails with GTW_LISTEN_FAILED, leaving none behind. */
export async function startWorkers(options: WorkersOptions): Promise<Workers> {
  await probeAddresses(options.data.entryPoints)
  const workers = new Workers(options)
  try {
    await workers.start()
    return workers
  } catch (error) {
    await workers.stop()
    throw error
  }
}

/** The worker threads. One that dies is replaced by a new one, which gets the snapshot that is current by then. */
export class Workers {
  /** Resolves when workers crash so often that there is no point in going on. */
  readonly failed: Promise<GatewayError>
  #addresses: readonly Listening[] = []
  readonly #options: WorkersOptions
  readonly #threads = new Map<number, WorkerThread>()
  readonly #policy = new RestartPolicy()
  readonly #failed = Promise.withResolvers<GatewayError>()
  readonly #restarts = new Set<() => void>()
  readonly #stuck = new WeakSet<WorkerThread>()
  /**
   *     starting ──▶ serving ──▶ terminating ──▶ stopping
   *         └────────────┴────────────────────────▲
   * A thread that ends while it starts fails the start, one that ends while stopping is meant to; every other one is replaced.
   */
  #state: 'starting' | 'serving' | 'terminating' | 'stopping' = 'starting'

  constructor(options: WorkersOptions) {
    this.#options = options
    this.failed = this.#failed.promise
  }

  /** Where they listen, with the real ports. */
  get addresses(): readonly Listening[] {
    return this.#addresses
  }

  async start(): Promise<void> {
    const { data, count } = this.#options
    this.#addresses = await this.#spawn(0, data.entryPoints)
    await Promise.all(Array.from({ length: count - 1 }, (_, index) => this.#spawn(index + 1, this.#resolved())))
    if (this.#threads.size < count) throw new GatewayError('GTW_INTERNAL', 'a worker ended while the others started')
    this.#state = 'serving'
  }

  /** Ping says from now on that the process ends; everything else is served as before. */
  terminate(): void {
    this.#state = 'terminating'
    for (const thread of this.#threads.values()) thread.send({ type: 'terminate' })
  }

  /** Closes entry points in every worker; answers how many connections were cut at the end of the grace times. */
  async drain(entryPoints: readonly string[]): Promise<number> {
    this.#rest()
    const cut = await Promise.all([...this.#threads.values()].map((thread) => thread.drain(entryPoints)))
    return cut.reduce((sum, count) => sum + count, 0)
  }

  /** Ends every thread, whatever it does. */
  async stop(): Promise<void> {
    this.#rest()
    await Promise.all([...this.#threads.values()].map((thread) => thread.end()))
  }

  /** From now on a thread that ends stays away. */
  #rest(): void {
    this.#state = 'stopping'
    for (const cancel of this.#restarts) cancel()
    this.#restarts.clear()
  }

  #spawn(index: number, entryPoints: readonly WorkerEntryPoint[]): Promise<readonly Listening[]> {
    const { entry = WORKER, data, log, onUp, onAnswer, onAsk, onChallenges, onCounted, onTrouble } = this.#options
    const thread: WorkerThread = new WorkerThread(
      entry,
      { ...data, index, entryPoints },
      {
        onAnswer: (answer) => onAnswer(thread, answer),
        onAsk: (asked) => onAsk?.(thread, asked),
        onChallenges: (version) => onChallenges?.(thread, version),
        onCounted: (counted) => onCounted?.(thread, counted),
        onFault: (fault) => tellFault(fault, log),
        onTrouble: (trouble) => onTrouble?.(thread, trouble),
        onLog: ({ level, message, fields }) => log[level](message, fields),
      },
    )
    this.#threads.set(index, thread)
    const heartbeat = this.#watch(thread)
    void thread.ended.then((reason) => {
      heartbeat.stop()
      this.#onEnd(thread, reason)
    })
    if (this.#state === 'terminating') thread.send({ type: 'terminate' })
    onUp(thread)
    return thread.listening
  }

  /** A thread whose event loop stands still serves nobody, and says nothing either. */
  #watch(thread: WorkerThread): Heartbeat {
    const { timers, log } = this.#options
    const about = { code: 'GTW_WORKER_STUCK', worker: thread.index }
    let place: ReturnType<WorkerThread['stuckPlace']> = Promise.resolve(undefined)
    const told = async (): Promise<object> => {
      const source = await place
      return source === undefined ? about : { ...about, source: describeSource(source), hint: STUCK_HINT }
    }
    return new Heartbeat({
      beat: thread.beat,
      timers,
      onSilent: async () => {
        place = thread.stuckPlace()
        log.warn('a worker does not respond', { ...(await told()) })
      },
      onStuck: async () => {
        this.#stuck.add(thread)
        log.error(`a worker did not respond for ${STUCK_SECONDS} s and is replaced`, { ...(await told()) })
        await thread.end()
      },
    })
  }

  #onEnd(thread: WorkerThread, reason: Error): void {
    this.#threads.delete(thread.index)
    this.#options.onDown(thread)
    if (this.#state === 'starting' || this.#state === 'stopping') return
    // One that took so long to be given up cannot come back too often.
    if (this.#stuck.has(thread)) this.#respawnAfter(0, thread.index)
    else this.#restart(thread.index, reason)
  }

  #restart(index: number, reason: Error): void {
    const { timers, log } = this.#options
    const delayMs = this.#policy.crashed(timers.now())
    if (delayMs === undefined) {
      this.#giveUp(reason)
      return
    }
    log.error('a worker crashed and is replaced', { worker: index, error: reason, stack: reason.stack, delayMs })
    this.#respawnAfter(delayMs, index)
  }

  #respawnAfter(delayMs: number, index: number): void {
    const { timers } = this.#options
    const cancel = timers.after(delayMs, () => {
      this.#restarts.delete(cancel)
      void this.#respawn(index)
    })
    this.#restarts.add(cancel)
  }

  async #respawn(index: number): Promise<void> {
    const { log } = this.#options
    try {
      await this.#spawn(index, this.#resolved())
      log.info('a worker is back', { worker: index })
    } catch (error) {
      log.error('a worker cannot come back', { worker: index, error })
      // It may be alive and unable to listen; its end leads to the next attempt.
      await this.#threads.get(index)?.end()
    }
  }

  #giveUp(reason: Error): void {
    this.#rest()
    this.#failed.resolve(new GatewayError('GTW_INTERNAL', `workers keep crashing: ${reason.message}`, { cause: reason }))
  }

  /** The entry points with the ports that the first worker got. */
  #resolved(): WorkerEntryPoint[] {
    return this.#options.data.entryPoints.map((entryPoint) => {
      const found = this.#addresses.find((address) => address.entryPoint === entryPoint.name)
      return found === undefined ? entryPoint : { ...entryPoint, port: found.port }
    })
  }
}

function tellFault({ code, detail, count, stack }: Fault, log: Log): void {
  const times = count === 1 ? '' : ` (${count} times)`
  const fields = { code, ...(stack === undefined ? {} : { stack }) }
  if (CODES[code].fault === 'gateway') log.error(`a request failed: ${detail}${times}`, fields)
  else log.warn(`a request failed: ${detail}${times}`, fields)
}
