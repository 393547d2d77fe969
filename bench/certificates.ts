import { lookup } from './certificates/lookup.ts'
import { sessions } from './certificates/sessions.ts'
import { start } from './certificates/start.ts'
import { gateway } from './peers/gateway.ts'
import { runSuite } from './suite.ts'

await runSuite(
  {
    title: 'Certificates and sessions',
    name: 'certificates',
    trials: [lookup, start, sessions],
    needed: ['nginx'],
    notes: [],
    versions: async () => ({ gateway: await gateway.version() }),
  },
  process.argv.slice(2),
)
