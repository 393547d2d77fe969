import { afterAll, beforeAll } from 'vitest'
import { type Rules, rulesOf } from '../../../src/provider/conformance/index.ts'
import { available } from '../../../test/harness/commands.ts'
import { DOCKER_COMMANDS, type DockerEngine, IMAGE, startDocker } from '../../../test/harness/docker.ts'

/** The engine of a test file, which can be taken away for the time of a test; started where its commands are installed. */
export function losableEngine(prepare: (engine: DockerEngine) => Promise<unknown>, ...args: string[]) {
  let engine: DockerEngine | undefined
  let isLost = false
  const running = (): DockerEngine => {
    if (engine === undefined) throw new Error('there is no engine')
    return engine
  }
  beforeAll(async () => {
    if (!DOCKER_COMMANDS.every(available)) return
    engine = await startDocker(...args)
    await prepare(engine)
  })
  afterAll(async () => await engine?.[Symbol.asyncDispose]())
  return {
    get endpoint() {
      return running().endpoint
    },
    async lose(): Promise<void> {
      isLost = true
      await running().stop()
    },
    async restore(): Promise<void> {
      if (isLost) await running().start()
      isLost = false
    },
    /** Calls the API of the engine. */
    call: <Answer>(method: string, path: string, body?: object) => running().call<Answer>(method, path, body),
  }
}

type LosableEngine = ReturnType<typeof losableEngine>

/**
 * Containers that say a tree. Labels cannot change, names can, and at once: each router has a container whose name, by way of the
 * default rule, is the host of the router.
 */
export class RouterContainers {
  readonly #engine: LosableEngine
  readonly #containers = new Map<string, { readonly id: string; readonly name: string }>()

  constructor(engine: LosableEngine) {
    this.#engine = engine
  }

  async say(tree: object): Promise<void> {
    const rules: Rules = rulesOf({ configuration: tree })
    for (const [router, rule] of Object.entries(rules)) {
      const name = /`(.*)`/.exec(rule)?.[1] ?? router
      const known = this.#containers.get(router)
      if (known === undefined) await this.add(router, name, labelsOf(router))
      else if (known.name !== name) {
        await this.#engine.call('POST', `/containers/${known.id}/rename?name=${name}`)
        this.#containers.set(router, { ...known, name })
      }
    }
    for (const router of this.#containers.keys()) if (!(router in rules)) await this.#remove(router)
  }

  async add(router: string, name: string, labels: Readonly<Record<string, string>>): Promise<void> {
    const body = { Image: IMAGE, Labels: labels, HostConfig: { NetworkMode: 'none' } }
    const { Id: id } = await this.#engine.call<{ Id: string }>('POST', `/containers/create?name=${name}`, body)
    this.#containers.set(router, { id, name })
    await this.#engine.call('POST', `/containers/${id}/start`)
  }

  async #remove(router: string): Promise<void> {
    await this.#engine.call('DELETE', `/containers/${this.#containers.get(router)?.id}?force=true`)
    this.#containers.delete(router)
  }
}

/** The rule of routers of which only the name of the container tells the host. */
export const RULE_BY_NAME = 'Host(`{{ .ContainerName }}`)'

function labelsOf(router: string): Readonly<Record<string, string>> {
  return {
    [`gateway.http.routers.${router}.service`]: router,
    [`gateway.http.services.${router}.loadbalancer.server.url`]: `http://${router}.internal:80`,
  }
}
