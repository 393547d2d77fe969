import { gateway } from './peers/gateway.ts'
import { haproxy } from './peers/haproxy.ts'
import { nginx } from './peers/nginx.ts'
import { withoutStreams } from './streams/peers.ts'
import { trials } from './streams/trials.ts'
import { runSuite } from './suite.ts'

const leftOut = withoutStreams()

await runSuite(
  {
    title: 'TCP and UDP',
    name: 'streams',
    trials,
    needed: ['nginx', 'haproxy'],
    notes: leftOut === undefined ? [] : [`left out: ${leftOut}`],
    versions: async () => ({ gateway: await gateway.version(), haproxy: await haproxy.version(), nginx: await nginx.version() }),
  },
  process.argv.slice(2),
)
