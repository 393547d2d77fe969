import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { fakeEngine } from '../test/fake-engine.ts'
import { labelsFrom } from '../test/tree-labels.ts'
import { swarm } from './index.ts'

providerConformance('the provider of Swarm services', async () => {
  const engine = await fakeEngine()
  return {
    definition: swarm,
    options: check(swarm.options, { endpoint: engine.endpoint, refreshSeconds: '100ms', allowEmptyServices: true }).value,
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
