import { prepareFiles } from './middlewares/cases.ts'
import { trials } from './middlewares/trials.ts'
import { gateway } from './peers/gateway.ts'
import { nginx } from './peers/nginx.ts'
import { printedVersion } from './peers/peer.ts'
import { runSuite } from './suite.ts'

await runSuite(
  {
    title: 'Middlewares',
    name: 'middlewares',
    trials,
    needed: ['nginx', 'wrk'],
    notes: [],
    prepare: prepareFiles,
    versions: async () => ({ gateway: await gateway.version(), nginx: await nginx.version(), wrk: await printedVersion('wrk', '-v') }),
  },
  process.argv.slice(2),
)
