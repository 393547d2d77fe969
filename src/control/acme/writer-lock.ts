import { open, readFile, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { pause, type Timers } from '../timers.ts'

const BEAT_MS = 15_000
/** A holder on another machine, or in another container, that has not been heard of for so long is gone. */
const SILENT_MS = 60_000
const RETRY_MS = 5_000

interface Waiting {
  readonly timers: Timers
  readonly signal: AbortSignal
  /** Somebody else writes: said once. */
  readonly onWait: (holder: string) => void
}

/** A file beside the storage that says who writes it: two gateways that did would lose each other's certificates. */
export class WriterLock {
  readonly #path: string
  readonly #timers: Timers
  #cancel: () => void = () => {}

  private constructor(path: string, timers: Timers) {
    this.#path = path
    this.#timers = timers
    this.#beat()
  }

  /** Waits until nobody else writes; undefined where the signal aborts before. */
  static async take(storage: string, { timers, signal, onWait }: Waiting): Promise<WriterLock | undefined> {
    const path = `${storage}.lock`
    let told = false
    while (!signal.aborted) {
      const holder = await tryLock(path)
      if (holder === undefined) return new WriterLock(path, timers)
      if (!told) onWait(holder)
      told = true
      await pause(timers, RETRY_MS, signal)
    }
    return undefined
  }

  async release(): Promise<void> {
    this.#cancel()
    await rm(this.#path, { force: true })
  }

  #beat(): void {
    this.#cancel = this.#timers.after(BEAT_MS, () => {
      const now = new Date()
      void utimes(this.#path, now, now).catch(() => {})
      this.#beat()
    })
  }
}

/** Returns who holds it. */
async function tryLock(path: string): Promise<string | undefined> {
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(`${hostname()} ${process.pid}\n`)
      await file.close()
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const holder = await liveHolder(path)
    if (holder !== undefined) return holder
    await rm(path, { force: true })
  }
}

async function liveHolder(path: string): Promise<string | undefined> {
  try {
    const [holder, { mtimeMs }] = [(await readFile(path, 'utf8')).trim(), await stat(path)]
    const [host, pid] = holder.split(' ')
    const isSilent = Math.abs(Date.now() - mtimeMs) > SILENT_MS
    if (isSilent) return undefined
    if (host !== hostname()) return holder
    return Number(pid) !== process.pid && isAlive(Number(pid)) ? holder : undefined
  } catch {
    return undefined
  }
}

function isAlive(pid: number): boolean {
  if (!Number.isInteger(pid) || pid <= 0) return false
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
