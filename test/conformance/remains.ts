import { readdirSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'vitest'
import { Backoff } from '../../src/provider/backoff.ts'

/** As long as it lives, whatever failed is tried again at once. */
export function impatience(): Disposable {
  const patient = Backoff.prototype.delayAfter
  // A spy would remember each call, and with it what has to be seen to go.
  Backoff.prototype.delayAfter = () => 0
  return {
    [Symbol.dispose]() {
      Backoff.prototype.delayAfter = patient
    },
  }
}

/** What the process holds: descriptors of open files and sockets, and octets of live heap. */
interface Holdings {
  readonly files: number
  readonly heap: number
}

// Compiled code and caches come and go; of a thousand losses that each leave something, two kibibytes each show.
const NOISE = 2 * 1024 * 1024

/** What it holds now. */
export function holdings(): Holdings {
  return { files: openFiles(), heap: heapAfterCollection() }
}

/** Waits until no more is held than before: connections that were closed go in their own time. */
export async function expectNoMoreThan(before: Holdings): Promise<void> {
  await expect.poll(openFiles, { timeout: 15_000 }).toBeLessThanOrEqual(before.files)
  await expect.poll(() => heapAfterCollection() - before.heap, { timeout: 30_000, interval: 500 }).toBeLessThan(NOISE)
}

function openFiles(): number {
  return readdirSync('/proc/self/fd').length
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return process.memoryUsage().heapUsed
}
