import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { DOCKER_COMMANDS } from '../../../test/harness/docker.ts'
import { connectionTo } from '../test/fake-engine.ts'
import { losableEngine, RouterContainers, RULE_BY_NAME } from '../test/real-engine.ts'
import { docker } from './index.ts'

// Containers outlive the engine: what they say stays in force while it is away.
const engine = losableEngine(async () => {}, '--live-restore')

providerConformance(
  'the provider of containers of a real engine',
  async () => {
    const containers = new RouterContainers(engine)
    const optionsAt = (endpoint: string) => check(docker.options, { endpoint, defaultRule: RULE_BY_NAME }).value
    return {
      definition: docker,
      options: optionsAt(engine.endpoint),
      connection: connectionTo(engine, optionsAt),
      write: (tree) => containers.say(tree),
      corrupt: () => containers.add('bad', 'bad', { 'gateway.http.services.bad.loadbalancer.servers[0].url': 'http://bad' }),
      remove: () => containers.say({}),
      lose: () => engine.lose(),
      restore: () => engine.restore(),
      async dispose() {
        await engine.restore()
        await containers.say({})
      },
    }
  },
  { commands: DOCKER_COMMANDS, timeoutMs: 120_000 },
)
