import { trials } from './live/trials.ts'
import { gateway } from './peers/gateway.ts'
import { printedVersion } from './peers/peer.ts'
import { runSuite } from './suite.ts'

await runSuite(
  {
    title: 'From a change to live traffic',
    name: 'live',
    trials,
    needed: ['nginx', 'dockerd', 'docker', 'busybox', 'iptables', 'consul', 'etcd', 'redis-server'],
    notes: [],
    async versions() {
      const commands = [
        ['dockerd', '--version'],
        ['consul', '--version'],
        ['etcd', '--version'],
        ['redis-server', '--version'],
      ] as const
      const printed = await Promise.all(commands.map(async ([name, flag]) => [name, await printedVersion(name, flag)] as const))
      return { gateway: await gateway.version(), ...Object.fromEntries(printed) }
    },
  },
  process.argv.slice(2),
)
