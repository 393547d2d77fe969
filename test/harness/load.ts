import { Pool } from 'undici'

interface LoadResult {
  readonly total: number
  /** What did not answer as expected: a status or an error code, with how often. */
  readonly failures: ReadonlyMap<string, number>
}

export interface Load {
  /** Stops after the requests that are under way and says how they all went. */
  stop(): Promise<LoadResult>
  /** Resolves when so many more requests have been answered. */
  served(count: number): Promise<void>
}

interface LoadOptions {
  readonly connections?: number
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Sends requests on keep-alive connections, one after the other on each, until it is stopped. Every answer has to be 200. */
export function startLoad(port: number, { connections = 8, path = '/', headers = {} }: LoadOptions = {}): Load {
  const pool = new Pool(`http://127.0.0.1:${port}`, { connections, pipelining: 1 })
  const failures = new Map<string, number>()
  const waiting = new Set<{ left: number; resolve: () => void }>()
  let total = 0
  let running = true

  const note = (outcome: string): void => {
    total++
    if (outcome !== '200') failures.set(outcome, (failures.get(outcome) ?? 0) + 1)
    for (const wait of waiting) {
      if (--wait.left > 0) continue
      waiting.delete(wait)
      wait.resolve()
    }
  }

  const outcomeOf = async (): Promise<string> => {
    try {
      const { statusCode, body } = await pool.request({ path, method: 'GET', headers })
      await body.dump()
      return String(statusCode)
    } catch (error) {
      return (error as NodeJS.ErrnoException).code ?? String(error)
    }
  }
  const loop = async (): Promise<void> => {
    while (running) note(await outcomeOf())
  }
  const loops = Array.from({ length: connections }, loop)

  return {
    async stop() {
      running = false
      await Promise.all(loops)
      await pool.destroy()
      return { total, failures }
    },
    served(count) {
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.add({ left: count, resolve })
      return promise
    },
  }
}
