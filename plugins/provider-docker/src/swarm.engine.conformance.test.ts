import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { DOCKER_COMMANDS, IMAGE } from '../../../test/harness/docker.ts'
import { freePort } from '../../../test/harness/ports.ts'
import { connectionTo } from '../test/fake-engine.ts'
import { losableEngine } from '../test/real-engine.ts'
import { labelsFrom } from '../test/tree-labels.ts'
import { swarm } from './index.ts'

const engine = losableEngine(async (running) => {
  await running.docker('swarm', 'init', '--advertise-addr', '127.0.0.1', '--listen-addr', `127.0.0.1:${await freePort()}`)
})

interface Service {
  readonly ID: string
  readonly Spec: { readonly Name: string }
  readonly Version: { readonly Index: number }
}

type Labels = Readonly<Record<string, string>>

/** Makes these services, none of which has a task, and no others stand in the swarm. */
async function replace(services: Readonly<Record<string, Labels>>): Promise<void> {
  const present = await engine.call<readonly Service[]>('GET', '/services')
  for (const [Name, Labels] of Object.entries(services)) {
    const spec = { Name, Labels, TaskTemplate: { ContainerSpec: { Image: IMAGE } }, Mode: { Replicated: { Replicas: 0 } } }
    const known = present.find((one) => one.Spec.Name === Name)
    if (known === undefined) await engine.call('POST', '/services/create', spec)
    else await engine.call('POST', `/services/${known.ID}/update?version=${known.Version.Index}`, spec)
  }
  for (const { ID, Spec } of present) if (!(Spec.Name in services)) await engine.call('DELETE', `/services/${ID}`)
}

providerConformance(
  'the provider of services of a real swarm',
  async () => {
    let good: Labels = {}
    const optionsAt = (endpoint: string) => check(swarm.options, { endpoint, refreshSeconds: '100ms', allowEmptyServices: true }).value
    return {
      definition: swarm,
      options: optionsAt(engine.endpoint),
      connection: connectionTo(engine, optionsAt),
      async write(tree) {
        good = labelsFrom(tree)
        await replace({ good })
      },
      corrupt: () => replace({ good, bad: { 'gateway.http.services.bad.loadbalancer.servers[0].url': 'http://bad' } }),
      remove: () => replace({}),
      lose: () => engine.lose(),
      restore: () => engine.restore(),
      async dispose() {
        await engine.restore()
        await replace({})
      },
    }
  },
  { commands: DOCKER_COMMANDS, timeoutMs: 120_000 },
)
