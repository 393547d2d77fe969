import { readdirSync, readFileSync } from 'node:fs'
import { setPriority } from 'node:os'

/** Nice enough that a worker on the same core gets nine tenths of it. */
const NICE = 10

/**
 * Lets requests go first: checking 10,000 routers keeps the thread of the control plane busy for a quarter of a second, and
 * workers may share its core. Linux has priorities for threads; elsewhere this would hold back the whole process.
 */
export function stepBack(): void {
  if (process.platform === 'linux') setNice(0, NICE)
}

/**
 * The same for the threads that collect garbage and compile beside all others: a check of 10,000 routers keeps them busy for
 * half as long as itself (measured: p99 of the requests meanwhile 12 → 4 times as long as without).
 */
export function stepHelpersBack(): void {
  if (process.platform !== 'linux') return
  for (const thread of readdirSync('/proc/self/task')) if (isHelper(thread)) setNice(Number(thread), NICE)
}

function isHelper(thread: string): boolean {
  try {
    return readFileSync(`/proc/self/task/${thread}/comm`, 'utf8').startsWith('V8Worker')
  } catch {
    // It has ended.
    return false
  }
}

function setNice(thread: number, nice: number): void {
  try {
    setPriority(thread, nice)
  } catch {
    // Not allowed: then all threads stay equal.
  }
}

/** A worker that replaces a crashed one is started by a thread that has stepped back, and need not. */
export function stepForward(): void {
  // Only a privileged process may: the worker is served after the others then, where they share a core.
  if (process.platform === 'linux') setNice(0, 0)
}
