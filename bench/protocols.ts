import { caddy } from './peers/caddy.ts'
import { gateway } from './peers/gateway.ts'
import { nginx } from './peers/nginx.ts'
import { printedVersion } from './peers/peer.ts'
import { trials } from './protocols/trials.ts'
import { runSuite } from './suite.ts'

const withoutCaddy = caddy.missing()

await runSuite(
  {
    title: 'Protocols',
    name: 'protocols',
    trials,
    needed: ['nginx', 'wrk', 'h2load', 'openssl'],
    notes: withoutCaddy === undefined ? [] : [`left out: ${withoutCaddy}`],
    async versions() {
      const [wrk, h2load] = await Promise.all([printedVersion('wrk', '-v'), printedVersion('h2load', '--version')])
      const versions = { gateway: await gateway.version(), nginx: await nginx.version(), wrk, h2load }
      return withoutCaddy === undefined ? { ...versions, caddy: await caddy.version() } : versions
    },
  },
  process.argv.slice(2),
)
