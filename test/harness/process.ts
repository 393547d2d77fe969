import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Readable } from 'node:stream'
import { setTimeout as pause } from 'node:timers/promises'
import { commandPath } from './commands.ts'

export interface ProcessOptions {
  /** Added to the environment of this process; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>
  readonly cwd?: string
  /** When it counts as started: a text in its output, or a port on 127.0.0.1 that accepts a connection. */
  readonly ready?: RegExp | number
  readonly readyWithinMs?: number
}

export interface Exit {
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
}

type Child = ChildProcessByStdio<null, Readable, Readable>

const STOP_WITHIN_MS = 5_000

const running = new Set<Child>()

// A test that is cut short must not leave a server behind.
process.on('exit', () => {
  for (const child of running) child.kill('SIGKILL')
})

/** A process of ours and all that it has printed so far. */
export class RunningProcess implements AsyncDisposable {
  readonly pid: number
  /** Resolves when it has ended and its output is complete. Never rejects. */
  readonly exited: Promise<Exit>
  stdout = ''
  stderr = ''
  readonly #child: Child
  readonly #listeners = new Set<() => void>()

  constructor(child: Child, pid: number) {
    this.#child = child
    this.pid = pid
    child.stdout.setEncoding('utf8').on('data', (text: string) => this.#heard({ stdout: text }))
    child.stderr.setEncoding('utf8').on('data', (text: string) => this.#heard({ stderr: text }))
    const { promise, resolve } = Promise.withResolvers<Exit>()
    child.once('close', (code: number | null, signal: NodeJS.Signals | null) => resolve({ code, signal }))
    child.once('exit', () => running.delete(child))
    this.exited = promise
    running.add(child)
  }

  /** Resolves when its output, standard output or standard error, has matched; rejects when it ends without. */
  async printed(pattern: RegExp): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>()
    const look = (): void => {
      if (pattern.test(this.stdout) || pattern.test(this.stderr)) resolve()
    }
    this.#listeners.add(look)
    look()
    try {
      await Promise.race([promise, this.#endedWithout(`printing ${pattern}`)])
    } finally {
      this.#listeners.delete(look)
    }
  }

  /** Resolves when the port on 127.0.0.1 accepts a connection; rejects when the process ends without. */
  async accepts(port: number): Promise<void> {
    const giveUp = new AbortController()
    try {
      await Promise.race([untilAccepted(port, giveUp.signal), this.#endedWithout(`listening on port ${port}`)])
    } finally {
      giveUp.abort()
    }
  }

  /** Asks it to end, and kills it when it does not within five seconds. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<Exit> {
    const kill = setTimeout(() => this.#child.kill('SIGKILL'), STOP_WITHIN_MS)
    // A grandchild may hold the output open after its parent is gone; then what has come is all there is.
    const cut = setTimeout(() => this.#closeOutput(), STOP_WITHIN_MS + 1_000)
    this.#child.kill(signal)
    const exit = await this.exited
    clearTimeout(kill)
    clearTimeout(cut)
    return exit
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #endedWithout(expected: string): Promise<never> {
    const { code, signal } = await this.exited
    throw new Error(`${this.#child.spawnfile} ended (${signal ?? code}) without ${expected}\n${this.stdout}${this.stderr}`)
  }

  #heard({ stdout = '', stderr = '' }): void {
    this.stdout += stdout
    this.stderr += stderr
    for (const listener of this.#listeners) listener()
  }

  #closeOutput(): void {
    this.#child.stdout.destroy()
    this.#child.stderr.destroy()
  }
}

/** Starts a command, found on PATH or in the sbin folders, and waits until it is ready. */
export async function startProcess(command: string, args: readonly string[], options: ProcessOptions = {}): Promise<RunningProcess> {
  const child = spawn(commandPath(command) ?? command, args, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  if (child.pid === undefined) await once(child, 'spawn')
  const started = new RunningProcess(child, child.pid as number)
  try {
    await whenReady(started, options)
  } catch (error) {
    await started.stop('SIGKILL')
    throw error
  }
  return started
}

async function whenReady(started: RunningProcess, { ready, readyWithinMs = 10_000 }: ProcessOptions): Promise<void> {
  if (ready === undefined) return
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(() => {
    late.reject(new Error(`not ready (${ready}) within ${readyWithinMs} ms\n${started.stdout}${started.stderr}`))
  }, readyWithinMs)
  try {
    await Promise.race([typeof ready === 'number' ? started.accepts(ready) : started.printed(ready), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

async function untilAccepted(port: number, signal: AbortSignal): Promise<void> {
  while (!signal.aborted && !(await accepts(port))) await pause(10)
}

function accepts(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect(port, '127.0.0.1')
  socket.once('connect', () => resolve(true))
  socket.once('error', () => resolve(false))
  return promise.finally(() => socket.destroy())
}
