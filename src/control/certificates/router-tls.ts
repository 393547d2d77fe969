import type { SnapshotRouterTls } from '../../config/snapshot.ts'
import type { RouterTls } from '../../config/tls.ts'
import { nearest } from '../../findings/suggest.ts'
import type { Origin, Problem } from '../element.ts'
import { unknownResolver } from '../problems.ts'
import { optionsName } from './settle-tls.ts'

/** What a router wants of TLS, under names that everyone knows. */
export function settleRouterTls(
  tls: RouterTls,
  origin: Origin,
  resolvers: readonly string[],
): { tls: SnapshotRouterTls; problems: Problem[] } {
  const { certResolver } = tls
  const options = optionsName(tls.options, origin.provider)
  if (certResolver === undefined || certResolver === '') return { tls: { options }, problems: [] }
  // Where the certificates come from is no reason not to serve the router: one may be there already.
  if (!resolvers.includes(certResolver)) {
    return { tls: { options }, problems: [unknownResolver(origin, certResolver, nearest(certResolver, resolvers))] }
  }
  const domains = tls.domains.flatMap(({ main, sans }) => {
    const names = [...(main === undefined || main === '' ? [] : [main]), ...sans]
    return names.length === 0 ? [] : [names]
  })
  return { tls: { options, certResolver, ...(domains.length === 0 ? {} : { domains }) }, problems: [] }
}
