import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { losable, pairsOf, server } from '../test/server.ts'
import { consul } from './kv.ts'

let roots = 0

providerConformance(
  'the provider of Consul keys',
  async () => {
    const rootKey = `gateway-${++roots}`
    const { lose, restore, answering } = await losable()
    const { address, port } = await server()
    const optionsAt = (endpoint: string) => check(consul.options, { endpoints: [endpoint], rootKey }).value
    let written: Record<string, string> = {}
    /** Sets and deletes in one transaction: in between, the source would say something else. */
    const replace = async (pairs: Record<string, string>): Promise<void> => {
      const gone = Object.fromEntries(Object.keys(written).map((key) => [key, null]))
      await (await answering()).write({ ...gone, ...pairs })
      written = pairs
    }
    return {
      definition: consul,
      options: optionsAt(address),
      connection: { target: { port, host: '127.0.0.1' }, options: optionsAt },
      write: (tree) => replace(pairsOf(tree, rootKey)),
      async corrupt() {
        await (await answering()).write({ [`${rootKey}/http/routers/bad/__proto__/x`]: 'y' })
      },
      remove: () => replace({}),
      lose,
      restore,
      async dispose() {
        await (await answering()).call('DELETE', `/v1/kv/${rootKey}/?recurse`)
      },
    }
  },
  { commands: ['consul'] },
)
