import { check } from 'gateway/provider'
import { afterAll, beforeAll } from 'vitest'
import { providerConformance } from '../../../test/conformance/provider.ts'
import { available } from '../../../test/harness/commands.ts'
import { type EtcdCluster, pairsOf, startEtcd } from '../../../test/harness/etcd.ts'
import { etcd } from './index.ts'

let cluster: EtcdCluster

beforeAll(async () => {
  if (available('etcd')) cluster = await startEtcd()
})
afterAll(async () => await cluster?.[Symbol.asyncDispose]())

providerConformance(
  'the etcd provider',
  async () => {
    await cluster.replace('gateway', {})
    return {
      definition: etcd,
      options: check(etcd.options, { endpoints: cluster.endpoints }).value,
      write: (tree) => cluster.replace('gateway', pairsOf('gateway', tree)),
      async corrupt() {
        await cluster.change({ 'gateway/http/routers/broken/rule/deeper': 'Host(`broken`)' })
      },
      remove: () => cluster.replace('gateway', {}),
      lose: () => cluster.first.kill(),
      async restore() {
        await cluster.first.start()
        await cluster.ready()
      },
      connection: {
        target: { port: cluster.first.port, host: '127.0.0.1' },
        options: (address) => check(etcd.options, { endpoints: [address] }).value,
      },
      async dispose() {
        await cluster.first.start()
        await cluster.ready()
      },
    }
  },
  { commands: ['etcd'] },
)
