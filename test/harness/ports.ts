import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

// Below the range that Linux gives to outgoing connections, so that none of them takes the port before its server does.
const LOWEST = 16_384
/** Test files that run at the same time have ranges of their own: what one has found free, another must not take. */
const RANGE = 4_096
const FIRST = LOWEST + (Number(process.env.VITEST_POOL_ID ?? 0) % 4) * RANGE
const END = FIRST + RANGE

const handedOut = new Set<number>()

/** A port on 127.0.0.1 on which nothing listens, for a server that cannot choose one by itself; never the same one twice. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(FIRST, END)
    if (handedOut.has(port)) continue
    handedOut.add(port)
    if (await isFree(port)) return port
  }
}

function isFree(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const probe = createServer()
  probe.once('error', () => resolve(false))
  probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  return promise
}
