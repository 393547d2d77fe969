import { type CompleteMessage, decodeTree, defineProvider } from 'gateway/provider'
import { type Endpoint, endpointOf, namespacesOf } from './endpoint.ts'
import { type Ask, Follower, type Reading } from './follower.ts'
import { joinNamespaces } from './namespaces.ts'
import { type ConsulOptions, consulOptions } from './options.ts'

/** Routing configuration from the key-value store of Consul, followed while it changes. */
export const consul = defineProvider({
  name: 'consul',
  options: consulOptions,
  async provide(context) {
    await new Follower(context, readingOf(context.options)).run()
  },
})

function readingOf(options: ConsulOptions): Reading {
  const { endpoints, token, tls } = options
  if (endpoints.length === 0) throw new Error('the provider consul needs an option: name one of the `endpoints`')
  const rootKey = options.rootKey.replace(/^\/+|\/+$/g, '')
  if (rootKey === '') throw new Error('the option `rootKey` is empty: say what the keys of the gateway begin with')
  const prefix = `${rootKey}/`
  const namespaces = namespacesOf(options.namespaces)
  const scheme = tls === undefined ? 'http' : 'https'
  return {
    endpoints: endpoints.map((address): Endpoint => ({ ...endpointOf({ address, scheme }), token, tls })),
    namespaces,
    // The names of keys are enough to hear that one of them changed.
    watched: [{ about: 'keys', prefix }],
    intervalMs: 0,
    // There is one question for everything: to have its answer confirmed costs next to nothing.
    mode: { consistent: true },
    async read(ask) {
      const messages = await Promise.all(namespaces.map((namespace) => readNamespace(ask, { rootKey, prefix, namespace })))
      return joinNamespaces(messages)
    },
  }
}

interface Place {
  readonly rootKey: string
  readonly prefix: string
  readonly namespace: string | undefined
}

async function readNamespace(ask: Ask, { rootKey, prefix, namespace }: Place): Promise<CompleteMessage> {
  const { body } = await ask({ about: 'values', prefix }, namespace)
  const store = namespace === undefined ? 'consul' : `consul, namespace ${namespace}`
  const source = (key: string) => ({ kind: 'key', store, key }) as const
  return decodeTree(pairsOf(body), { rootKey, source })
}

interface Pair {
  readonly Key: string
  /** Null where it is empty. */
  readonly Value: string | null
}

function pairsOf(body: unknown): (readonly [string, string])[] {
  return ((body ?? []) as readonly Pair[]).map(({ Key, Value }) => [Key, Value ?? ''])
}
