import { check } from 'gateway/provider'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { losable, server } from '../test/server.ts'
import { consulCatalog } from './catalog.ts'

interface Tree {
  readonly http: {
    readonly routers: Record<string, { readonly rule: string }>
    readonly services: Record<string, { readonly loadBalancer: { readonly servers: readonly { readonly url: string }[] } }>
  }
}

let groups = 0

providerConformance(
  'the provider of the Consul catalog',
  async () => {
    const group = `group-${++groups}`
    const { lose, restore, answering } = await losable()
    const { address, port } = await server()
    const constraints = `Tag(\`${group}\`)`
    const optionsAt = (endpoint: string) =>
      check(consulCatalog.options, { endpoint: { address: endpoint }, watch: true, exposedByDefault: false, constraints }).value
    let registered: { readonly ID: string; readonly Service: string }[] = []
    /** Registers and deregisters in one transaction: in between, the source would say something else. */
    const replace = async (services: Record<string, readonly string[]>): Promise<void> => {
      const on = { Node: 'apps' }
      const gone = registered.map(({ ID, Service }) => ({ Service: { ...on, Verb: 'delete', Service: { ID, Service } } }))
      const set = Object.entries(services).map(([Service, tags]) => {
        const Tags = [group, 'gateway.enable=true', ...tags]
        return { Service: { ...on, Verb: 'set', Service: { ID: `${group}-${Service}`, Service, Tags, Port: 80 } } }
      })
      const node = { Node: { Verb: 'set', Node: { ...on, Address: '10.0.0.1' } } }
      await (await answering()).call('PUT', '/v1/txn', [node, ...gone, ...set])
      registered = set.map(({ Service }) => Service.Service)
    }
    const tagsOf = ({ http }: Tree): Record<string, readonly string[]> =>
      Object.fromEntries(
        Object.entries(http.routers).map(([name, { rule }]) => {
          const url = http.services[name]?.loadBalancer.servers[0]?.url
          return [name, [`gateway.http.routers.${name}.rule=${rule}`, `gateway.http.services.${name}.loadbalancer.server.url=${url}`]]
        }),
      )
    let last: Record<string, readonly string[]> = {}
    return {
      definition: consulCatalog,
      options: optionsAt(address),
      connection: { target: { port, host: '127.0.0.1' }, options: optionsAt },
      write(tree) {
        last = tagsOf(tree as Tree)
        return replace(last)
      },
      corrupt: () => replace({ ...last, bad: ['gateway.enable=perhaps'] }),
      remove: () => replace({}),
      lose,
      restore,
      dispose: () => replace({}),
    }
  },
  { commands: ['consul'] },
)
