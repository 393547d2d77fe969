import { link, open, readFile, rename, rm, stat, utimes } from 'node:fs/promises'
import { hostname } from 'node:os'
import { pause, type Timers } from './timers.ts'

const BEAT_MS = 15_000
/** A holder on another machine, or in another container, that has not been heard of for so long is gone. */
const SILENT_MS = 60_000
const RETRY_MS = 5_000

interface Waiting {
  /** How often it is tried again. */
  readonly retryMs?: number
  readonly timers: Timers
  readonly signal: AbortSignal
  /** Somebody else writes: said once. */
  readonly onWait: (holder: string) => void
}

/** A file beside what is written that says who writes it: two that did would lose what the other one has written. */
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
  static async take(written: string, { retryMs = RETRY_MS, timers, signal, onWait }: Waiting): Promise<WriterLock | undefined> {
    const path = `${written}.lock`
    let told = false
    while (!signal.aborted) {
      const holder = await tryLock(path)
      if (holder === undefined) return new WriterLock(path, timers)
      if (!told) onWait(holder)
      told = true
      await pause(timers, retryMs, signal)
    }
    return undefined
  }

  /** Somebody who took us for gone may hold it by now. */
  async release(): Promise<void> {
    this.#cancel()
    if ((await lookAt(this.#path))?.holder === ownName()) await rm(this.#path, { force: true })
  }

  #beat(): void {
    this.#cancel = this.#timers.after(BEAT_MS, () => {
      const now = new Date()
      void utimes(this.#path, now, now).catch(() => {})
      this.#beat()
    })
  }
}

const ownName = (): string => `${hostname()} ${process.pid}`

/** Returns who holds it. */
async function tryLock(path: string): Promise<string | undefined> {
  for (;;) {
    try {
      const file = await open(path, 'wx', 0o600)
      await file.writeFile(`${ownName()}\n`)
      await file.close()
      return undefined
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
    }
    const held = await lookAt(path)
    if (held?.isLive) return held.holder
    if (held !== undefined) await removeStale(path, held.holder)
  }
}

interface Held {
  readonly holder: string
  readonly isLive: boolean
}

/** Undefined where there is no lock any more. */
async function lookAt(path: string): Promise<Held | undefined> {
  try {
    const [holder, { mtimeMs }] = [(await readFile(path, 'utf8')).trim(), await stat(path)]
    const [host, pid] = holder.split(' ')
    const isSilent = Math.abs(Date.now() - mtimeMs) > SILENT_MS
    const isThere = host !== hostname() || (Number(pid) !== process.pid && isAlive(Number(pid)))
    return { holder, isLive: !isSilent && isThere }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Takes away the lock of this holder; somebody else who has seen that it is gone may be there already, and stays. */
async function removeStale(path: string, holder: string): Promise<void> {
  const aside = `${path}.gone`
  try {
    await rename(path, aside)
    const { holder: taken } = (await lookAt(aside)) ?? { holder }
    if (taken !== holder) await link(aside, path)
  } catch (error) {
    if (!['ENOENT', 'EEXIST'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
  await rm(aside, { force: true })
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
