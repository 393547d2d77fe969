import { setPriority } from 'node:os'

/** Nice enough that a worker on the same core gets nine tenths of it. */
const NICE = 10

/**
 * Lets requests go first: checking 10,000 routers keeps the thread of the control plane busy for a quarter of a second, and
 * workers may share its core. Linux has priorities for threads; elsewhere this would hold back the whole process.
 */
export function stepBack(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, NICE)
  } catch {
    // Not allowed: then all threads stay equal.
  }
}

/** A worker that replaces a crashed one is started by a thread that has stepped back, and need not. */
export function stepForward(): void {
  if (process.platform !== 'linux') return
  try {
    setPriority(0, 0)
  } catch {
    // Only a privileged process may: the worker is served after the others then, where they share a core.
  }
}
