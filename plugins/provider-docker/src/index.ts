import { defineProvider } from 'gateway/provider'
import { toItem } from './container-items.ts'
import { ContainerReader } from './containers.ts'
import { decodingOf, messageOf } from './decoding.ts'
import { follow } from './follow.ts'
import { dockerOptions, swarmOptions } from './options.ts'
import { ownIds, ownNetworks } from './own-container.ts'
import { Remarks } from './remark.ts'
import { readSwarm } from './swarm.ts'
import { toItems } from './swarm-items.ts'

// Events tell of changes at once; a look now and then costs little, and finds what nobody told of.
const LOOK_EVERY_MS = 30_000

/** Routing configuration from the labels of containers, followed while they come and go. */
export const docker = dockerProvider(LOOK_EVERY_MS)

/** The same with a timing of its own. */
export function dockerProvider(lookEveryMs: number) {
  return defineProvider({
    name: 'docker',
    options: dockerOptions,
    async provide(context) {
      const { options, log } = context
      const decoding = decodingOf('docker', options)
      const reader = new ContainerReader(decoding, log)
      const ids = await ownIds()
      await follow(context, {
        hearsChanges: options.watch,
        ...(options.watch ? { everyMs: lookEveryMs } : {}),
        isUnchanged: (engine) => reader.isUnchanged(engine),
        async read(engine) {
          const [containers, own] = await Promise.all([reader.read(engine), ownNetworks(engine, ids)])
          const remarks = new Remarks()
          const items = containers.flatMap((container) => toItem(container, { ...options, own, remarks }) ?? [])
          return messageOf(items, decoding, remarks)
        },
      })
    },
  })
}

/** Routing configuration from the labels of Swarm services, read again and again: a swarm tells of no changes. */
export const swarm = defineProvider({
  name: 'swarm',
  options: swarmOptions,
  async provide(context) {
    const { options } = context
    const decoding = decodingOf('swarm', options)
    const ids = await ownIds()
    await follow(context, {
      hearsChanges: false,
      ...(options.watch ? { everyMs: options.refreshSeconds } : {}),
      async read(engine) {
        const [services, own] = await Promise.all([readSwarm(engine), ownNetworks(engine, ids)])
        const remarks = new Remarks()
        const items = services.flatMap((service) => toItems(service, { ...options, own, remarks }))
        return messageOf(items, decoding, remarks)
      },
    })
  },
})
