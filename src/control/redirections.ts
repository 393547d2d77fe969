import { type EntryPoint, parseAddress } from '../config/entry-point.ts'
import type { StaticConfiguration } from '../config/static.ts'
import type { Finding } from '../findings/finding.ts'
import { dotted } from '../findings/path.ts'
import { quote } from '../findings/show.ts'
import { nearest } from '../findings/suggest.ts'
import { normalize } from '../provider/normalize.ts'
import { CHALLENGE_PATH } from '../services/internal/acme-http.ts'

/** What the `internal` provider says for entry points that redirect. */
interface Redirections {
  readonly routers: Readonly<Record<string, object>>
  readonly middlewares: Readonly<Record<string, object>>
  readonly findings: readonly Finding[]
}

type Redirection = NonNullable<NonNullable<EntryPoint['http']['redirections']>['entryPoint']>

/** What authorities of certificates ask for. */
export const CHALLENGE_RULE = `PathPrefix(\`${CHALLENGE_PATH}\`)`

/** A request that names no host cannot be told where to go. */
const ANY_HOST = 'HostRegexp(`^.+$`)'

const PORT = /^:(\d{1,5})$/

/** One router and one middleware for each entry point that redirects everything to another one. */
export function redirectionsOf({ entryPoints }: StaticConfiguration): Redirections {
  const routers: Record<string, object> = {}
  const middlewares: Record<string, object> = {}
  const findings: Finding[] = []
  for (const [entryPoint, { address, http, allowACMEByPass }] of Object.entries(entryPoints)) {
    const redirection = http.redirections?.entryPoint
    if (redirection === undefined || portOf(address) === undefined) continue
    const port = PORT.exec(redirection.to)?.[1] ?? portOf(entryPoints[redirection.to]?.address ?? '')
    if (port === undefined) {
      findings.push(unknownTarget(entryPoint, redirection, Object.keys(entryPoints)))
      continue
    }
    const name = normalize(`${entryPoint}-to-${redirection.to}`)
    const { scheme, permanent, priority } = redirection
    middlewares[`redirect-${name}`] = { redirectScheme: { scheme, port, permanent } }
    const rule = allowACMEByPass ? `${ANY_HOST} && !${CHALLENGE_RULE}` : ANY_HOST
    routers[name] = { entryPoints: [entryPoint], rule, priority, middlewares: [`redirect-${name}`], service: 'noop@internal' }
  }
  return { routers, middlewares, findings }
}

/** The port of an address of TCP. */
function portOf(text: string): string | undefined {
  const address = parseAddress(text)
  return 'port' in address && address.protocol === 'tcp' ? String(address.port) : undefined
}

function unknownTarget(entryPoint: string, { to }: Redirection, known: readonly string[]): Finding {
  const path = dotted(['entryPoints', entryPoint, 'http', 'redirections', 'entryPoint', 'to'])
  const suggestion = nearest(to, known)
  return {
    code: 'GTW_UNKNOWN_ENTRY_POINT',
    severity: 'error',
    message: `${path} is ${quote(to)}, an entry point that does not exist`,
    path,
    ...(suggestion === undefined ? {} : { suggestion }),
  }
}
