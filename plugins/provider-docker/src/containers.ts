import { type Exposure, isExposed, type ProviderLog } from 'gateway/provider'
import { statusOf } from './connect.ts'
import { type Container, lenderOf, readContainer, usesHost } from './container.ts'
import type { Engine, InspectedContainer, ListedContainer } from './engine.ts'
import { hostAddress } from './own-container.ts'
import { ownLabel } from './remark.ts'

/** Reads the containers of an engine that may be served. */
export class ContainerReader {
  readonly #exposure: Exposure
  readonly #log: ProviderLog
  /** How each container was when it could last be read. */
  #last = new Map<string, InspectedContainer>()

  constructor(exposure: Exposure, log: ProviderLog) {
    this.#exposure = exposure
    this.#log = log
  }

  async read(engine: Engine): Promise<readonly Container[]> {
    const listed = (await engine.containers()).filter((one) => this.#mayCount(one))
    const inspected = (await Promise.all(listed.map(({ Id }) => this.#inspect(engine, Id)))).filter((one) => one !== undefined)
    this.#last = new Map(inspected.map((one) => [one.Id, one]))
    return await describeAll(engine, inspected)
  }

  /** What is not served and what is stopped need not be looked at: on a large host that is the most. */
  #mayCount({ State, Labels }: ListedContainer): boolean {
    const labels = Labels ?? {}
    // Where the label cannot be read, the one who decodes labels says so.
    if (isExposed({ labels }, this.#exposure) === false) return false
    return State === 'running' || ownLabel(labels, 'docker.allownonrunning') !== undefined
  }

  async #inspect(engine: Engine, id: string): Promise<InspectedContainer | undefined> {
    try {
      return await engine.container(id)
    } catch (error) {
      // Without an answer the engine is lost, and with it all that it says.
      if (statusOf(error) === undefined) throw error
      this.#log.warn('a container cannot be read', { container: id.slice(0, 12), error: (error as Error).message.trim() })
      return this.#last.get(id)
    }
  }
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
