import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { connectionTo, containerOf, fakeEngine } from '../test/fake-engine.ts'
import { labelsFrom } from '../test/tree-labels.ts'
import { docker } from './index.ts'

providerConformance('the provider of containers', async () => {
  const engine = await fakeEngine()
  let good = containerOf('good')
  const bad = containerOf('bad', { labels: { 'gateway.http.services.bad.loadbalancer.servers[0].url': 'http://bad' } })
  return {
    definition: docker,
    options: check(docker.options, { endpoint: engine.endpoint }).value,
    connection: connectionTo(engine, (endpoint) => check(docker.options, { endpoint }).value),
    async write(tree) {
      good = containerOf('good', { labels: labelsFrom(tree) })
      engine.set(good)
    },
    async corrupt() {
      engine.set(good, bad)
    },
    async remove() {
      engine.set()
    },
    lose: () => engine.close(),
    restore: () => engine.listen(),
    dispose: () => engine[Symbol.asyncDispose](),
  }
})
