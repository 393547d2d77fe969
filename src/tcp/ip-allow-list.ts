import { isNetwork, TrustedIps } from '../http/trusted-ips.ts'
import { deprecated, list, object, string } from '../schema/index.ts'
import { defineTcpMiddleware, type TcpGuard } from './definition.ts'

const range = string('An IP address or a range in CIDR form.', {
  check: (text) => (isNetwork(text) ? undefined : 'an IP address or a range such as `10.0.0.0/8`'),
})

const options = object('Admits clients by their address; the connections of others are closed.', {
  sourceRange: list(range, 'Addresses and networks that are admitted.', { required: true, minItems: 1 }),
})

/** Admits clients by their address. */
export const ipAllowList = defineTcpMiddleware({ name: 'ipAllowList', options, build: ({ sourceRange }) => admit(sourceRange) })

/** What `ipAllowList` was called before. */
export const ipWhiteList = defineTcpMiddleware({
  name: 'ipWhiteList',
  options: deprecated(options, 'is called `ipAllowList` now'),
  build: ({ sourceRange }) => admit(sourceRange),
})

function admit(sourceRange: readonly string[]): TcpGuard {
  const admitted = TrustedIps.parse(sourceRange)
  if (!(admitted instanceof TrustedIps)) throw new Error(`"${admitted.invalid}" is neither an IP address nor a CIDR`)
  return ({ peer }) => admitted.has(peer.address)
}
