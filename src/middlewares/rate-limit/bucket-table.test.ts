import { Worker } from 'node:worker_threads'
import { expect, test } from 'vitest'
import { BUCKET_WORDS } from './bucket-table.ts'

const THREAD = new URL('../../../test/fixtures/workers/bucket-thread.ts', import.meta.url)

/** How many tokens a thread got. */
function takeInThread(words: Int32Array, turns: number): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<number>()
  const worker = new Worker(THREAD, { workerData: { words, turns } })
  worker.once('message', resolve)
  worker.once('error', reject)
  return promise
}

test('however many threads take at the same time, a bucket gives exactly what it holds', async () => {
  const words = new Int32Array(new SharedArrayBuffer(BUCKET_WORDS * 4))
  // Three of them cannot take it all: one that comes late gets something, too.
  const taken = await Promise.all(Array.from({ length: 4 }, () => takeInThread(words, 16_000)))
  expect(taken.reduce((sum, one) => sum + one)).toBe(50_000)
  // All of them have been at it.
  expect(Math.min(...taken)).toBeGreaterThan(0)
})
