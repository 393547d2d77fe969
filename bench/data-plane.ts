import { addSparseFile } from './data-plane/sparse.ts'
import { trials } from './data-plane/trials.ts'
import { gateway } from './peers/gateway.ts'
import { nginx } from './peers/nginx.ts'
import { printedVersion } from './peers/peer.ts'
import { runSuite } from './suite.ts'

await runSuite(
  {
    title: 'Data plane',
    name: 'data-plane',
    trials,
    needed: ['nginx', 'wrk', 'strace'],
    notes: [],
    prepare: addSparseFile,
    async versions() {
      const [wrk, strace] = await Promise.all([printedVersion('wrk', '-v'), printedVersion('strace', '-V')])
      return { gateway: await gateway.version(), nginx: await nginx.version(), wrk, strace }
    },
  },
  process.argv.slice(2),
)
