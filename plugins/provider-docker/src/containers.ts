import { type Exposure, isExposed, type ProviderLog } from 'gateway/provider'
import { statusOf } from './connect.ts'
import { type Container, lenderOf, readContainer, usesHost } from './container.ts'
import type { Engine, InspectedContainer, ListedContainer } from './engine.ts'
import { hostAddress } from './own-container.ts'
import { ownLabel } from './remark.ts'

// One container can hold up the engine for good: all others are not to wait for it.
const SILENCE_MS = 5_000

/** Reads the containers of an engine that may be served. */
export class ContainerReader {
  readonly #exposure: Exposure
  readonly #log: ProviderLog
  /** How each container was when it could last be read. */
  #last = new Map<string, InspectedContainer>()
  /** What the list said at the last reading; undefined where that is not all that there was to know. */
  #rows: string | undefined
  /** Containers for which the engine was asked and has not answered yet. */
  readonly #stuck = new Set<string>()

  constructor(exposure: Exposure, log: ProviderLog) {
    this.#exposure = exposure
    this.#log = log
  }

  async read(engine: Engine): Promise<readonly Container[]> {
    const listed = await this.#list(engine)
    this.#rows = rowsOf(listed)
    const ids = listed.map(({ Id }) => Id)
    const found = await this.#inspectAll(
      engine,
      ids.filter((id) => !this.#stuck.has(id)),
    )
    for (const id of this.#stuck) {
      const last = this.#last.get(id)
      if (last !== undefined && ids.includes(id)) found.set(id, last)
    }
    this.#last = found
    return await describeAll(
      engine,
      ids.flatMap((id) => found.get(id) ?? []),
    )
  }

  /** Whether the list says what it said at the last reading; far cheaper than to read all anew. */
  async isUnchanged(engine: Engine): Promise<boolean> {
    return rowsOf(await this.#list(engine)) === this.#rows
  }

  async #list(engine: Engine): Promise<readonly ListedContainer[]> {
    return (await engine.containers()).filter((one) => this.#mayCount(one))
  }

  /** What is not served and what is stopped need not be looked at: on a large host that is the most. */
  #mayCount({ State, Labels }: ListedContainer): boolean {
    const labels = Labels ?? {}
    // Where the label cannot be read, the one who decodes labels says so.
    if (isExposed({ labels }, this.#exposure) === false) return false
    return State === 'running' || ownLabel(labels, 'docker.allownonrunning') !== undefined
  }

  /** Asks for each; what has not been answered when nothing more comes is stuck. */
  async #inspectAll(engine: Engine, ids: readonly string[]): Promise<Map<string, InspectedContainer>> {
    const found = new Map<string, InspectedContainer>()
    const waiting = new Set(ids)
    const { promise: silence, resolve } = Promise.withResolvers<void>()
    const timer = setTimeout(resolve, SILENCE_MS)
    const inspect = async (id: string): Promise<void> => {
      try {
        const inspected = await this.#inspect(engine, id)
        if (inspected !== undefined) found.set(id, inspected)
        if (waiting.size > 1) timer.refresh()
      } finally {
        waiting.delete(id)
        // What it says after all is read at the next look.
        if (this.#stuck.delete(id)) this.#rows = undefined
      }
    }
    await Promise.race([Promise.all(ids.map(inspect)), silence]).finally(() => clearTimeout(timer))
    for (const id of waiting) {
      this.#stuck.add(id)
      this.#warn(id, `the engine did not answer within ${SILENCE_MS} ms`)
    }
    return found
  }

  async #inspect(engine: Engine, id: string): Promise<InspectedContainer | undefined> {
    try {
      return await engine.container(id)
    } catch (error) {
      // Without an answer the engine is lost, and with it all that it says.
      if (statusOf(error) === undefined) throw error
      this.#warn(id, (error as Error).message.trim())
      return this.#last.get(id)
    }
  }

  #warn(id: string, error: string): void {
    this.#log.warn('a container cannot be read', { container: id.slice(0, 12), error })
  }
}

/** What of a list may matter, in an order of its own. */
function rowsOf(listed: readonly ListedContainer[]): string {
  const rows = listed.map(({ Id, Names, State, Status, Ports, NetworkSettings }) => {
    // `Up 3 minutes (healthy)`
    const health = /\(([^)]*)\)$/.exec(Status ?? '')?.[1]
    const ports = (Ports ?? []).map((port) => JSON.stringify(port)).sort()
    return JSON.stringify([Id, Names, State, health, ports, NetworkSettings?.Networks])
  })
  return rows.sort().join()
}

/** Makes sense of containers, with those whose networks they use. */
export async function describeAll(engine: Engine, inspected: readonly InspectedContainer[]): Promise<readonly Container[]> {
  const known = new Map(inspected.map((one) => [one.Id, one]))
  const wanted = new Set(inspected.map(lenderOf).filter((id) => id !== undefined))
  const missing = [...wanted].filter((id) => !known.has(id))
  const lenders = await Promise.all(missing.map(async (id) => [id, await engine.container(id)] as const))
  for (const [id, lender] of lenders) if (lender !== undefined) known.set(id, lender)
  const host = [...known.values()].some(usesHost) ? await hostAddress() : ''
  return inspected.map((one) => readContainer(one, { lender: known.get(lenderOf(one) ?? ''), hostAddress: host }))
}
