import { ipv6Subnet } from '../../http/ipv6-subnet.ts'
import type { RequestHead } from '../../http/request.ts'
import { isNetwork, plainAddress, TrustedIps } from '../../http/trusted-ips.ts'
import { type Infer, integer, list, object, string } from '../../schema/index.ts'

/** An address or a network, as an item of a list. */
export const ipRange = string('An IP address or a range such as `10.0.0.0/8`.', {
  check: (text) => (isNetwork(text) ? undefined : 'an IP address or a range such as `10.0.0.0/8`'),
})

/** Where the address of a client is looked for when proxies stand in front of the gateway. */
export const ipStrategyOptions = object(
  'Which address counts as that of the client; without it, that of the connection.',
  {
    depth: integer('The address that stands so far from the right end of `X-Forwarded-For`; 0 turns it off.', { default: 0, min: 0 }),
    excludedIPs: list(
      ipRange,
      'Proxies: the right-most address of `X-Forwarded-For` that is none of them counts, unless there is a depth.',
      {
        default: [],
      },
    ),
    ipv6Subnet: integer('All IPv6 addresses with so many bits in common count as one; not with `excludedIPs`.', { min: 1, max: 128 }),
  },
  { standalone: true },
)

/** The address that stands for a client, '' where there is none. */
export type ClientIp = (request: RequestHead) => string

/** Makes the function that finds the address of a client. X-Forwarded-For does not hold the peer yet. */
export function clientIp(strategy: Infer<typeof ipStrategyOptions> | undefined): ClientIp {
  const { depth = 0, excludedIPs = [], ipv6Subnet: bits } = strategy ?? {}
  if (depth === 0 && excludedIPs.length > 0) return lastBut(excludedIPs)
  const find: ClientIp = depth > 0 ? (request) => fromRight(forwardedFor(request), depth) : peerOf
  return bits === undefined ? find : (request) => ipv6Subnet(find(request), bits)
}

/** The list of addresses, or the texts of a configuration that are none of it. */
export function addressList(entries: readonly string[]): TrustedIps {
  const addresses = TrustedIps.parse(entries)
  if (addresses instanceof TrustedIps) return addresses
  throw new Error(`cannot parse CIDRs [${entries.join(' ')}]: "${addresses.invalid}" is neither an IP address nor a CIDR`)
}

function peerOf({ peer }: RequestHead): string {
  return plainAddress(peer.address)
}

function forwardedFor({ headers }: RequestHead): string {
  return headers.get('x-forwarded-for') ?? ''
}

function fromRight(list: string, depth: number): string {
  let end = list.length
  for (let left = depth; left > 1; left--) {
    end = end > 0 ? list.lastIndexOf(',', end - 1) : -1
    if (end === -1) return ''
  }
  return list.slice(startOfItem(list, end), end).trim()
}

/** What is no address is not in any list: a client must not hide behind what nobody can read. */
function lastBut(excludedIPs: readonly string[]): ClientIp {
  const excluded = addressList(excludedIPs)
  return (request) => {
    const list = forwardedFor(request)
    for (let end = list.length; end > 0; ) {
      const start = startOfItem(list, end)
      const address = list.slice(start, end).trim()
      if (address !== '' && !excluded.has(address)) return address
      end = start - 1
    }
    return ''
  }
}

/** Where the item that ends at `end` begins. */
function startOfItem(list: string, end: number): number {
  return end > 0 ? list.lastIndexOf(',', end - 1) + 1 : 0
}
