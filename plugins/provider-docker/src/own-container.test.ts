import { check } from 'gateway/provider'
import { describe, expect, test } from 'vitest'
import { containerOf, fakeEngine, idOf } from '../test/fake-engine.ts'
import { connector } from './connect.ts'
import { dockerOptions } from './options.ts'
import { idsFrom, ownNetworks } from './own-container.ts'

const ID = idOf('own')
const INSIDE = `220 203 254:0 /var/lib/docker/containers/${ID}/hostname /etc/hostname rw - ext4 /dev/vda rw`
const ON_THE_HOST = `99 27 0:50 / /var/lib/docker/containers/${ID}/mounts/shm rw - tmpfs shm rw`

describe('the id of the own container', () => {
  const cases = [
    { why: 'is in the mounts', mounts: `22 27 0:21 / /proc rw - proc proc rw\n${INSIDE}\n`, host: 'gateway', ids: [ID] },
    { why: 'may be the host name, too', mounts: '', host: '0123456789ab', ids: ['0123456789ab'] },
    { why: 'is not that of another container, seen from the host', mounts: ON_THE_HOST, host: 'machine', ids: [] },
  ]
  for (const { why, mounts, host, ids } of cases) test(why, () => expect(idsFrom(mounts, host)).toEqual(ids))
})

describe('the networks of the own container', () => {
  const cases = [
    {
      why: 'are those of the first id that the engine knows',
      ids: ['0123456789ab', ID],
      own: { networks: { a: '10.0.0.1', b: '10.0.1.1' } },
      seen: new Set([idOf('a'), idOf('b')]),
    },
    { why: 'do not count where it uses that of the host', ids: [ID], own: { mode: 'host' }, seen: undefined },
    { why: 'are not known where the engine does not know the container', ids: ['0123456789ab'], own: {}, seen: undefined },
  ]
  for (const { why, ids, own, seen } of cases) {
    test(why, async () => {
      await using fake = await fakeEngine()
      fake.set(containerOf('own', own))
      const log = { debug() {}, info() {}, warn() {}, error() {} }
      const connect = await connector()
      const engine = await connect(check(dockerOptions, { endpoint: fake.endpoint }).value, log)
      expect(await ownNetworks(engine, ids)).toEqual(seen)
      engine.close()
    })
  }
})
