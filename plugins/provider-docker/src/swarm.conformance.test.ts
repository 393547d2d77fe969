import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { connectionTo, fakeEngine } from '../test/fake-engine.ts'
import { labelsFrom } from '../test/tree-labels.ts'
import { swarm } from './index.ts'

providerConformance('the provider of Swarm services', async () => {
  const engine = await fakeEngine()
  const optionsAt = (endpoint: string) => check(swarm.options, { endpoint, refreshSeconds: '100ms', allowEmptyServices: true }).value
  return {
    definition: swarm,
    options: optionsAt(engine.endpoint),
    connection: connectionTo(engine, optionsAt),
    async write(tree) {
      engine.services = { good: labelsFrom(tree) }
    },
    async corrupt() {
      engine.services = { ...engine.services, bad: { 'gateway.http.services.bad.loadbalancer.servers[0].url': 'http://bad' } }
    },
    async remove() {
      engine.services = {}
    },
    lose: () => engine.close(),
    restore: () => engine.listen(),
    dispose: () => engine[Symbol.asyncDispose](),
  }
})
