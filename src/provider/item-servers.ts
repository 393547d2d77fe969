import type { Finding, Path } from '../findings/finding.ts'
import { type Locate, toFindings } from '../findings/from-issues.ts'
import { dotted } from '../findings/path.ts'
import { check } from '../schema/index.ts'
import { isTree, type Tree } from '../schema/tree.ts'
import type { LabelledItem } from './item.ts'
import { type Protocol, type ServerLabels, serverLabels } from './label-schema.ts'

/** The service of an item that is being made. */
interface ServiceOf {
  readonly item: LabelledItem
  readonly protocol: Protocol
  readonly service: string
  readonly locate: Locate
}

/** The servers that an item is for one of its services, as written in a file; or what is wrong with its labels or its address. */
export function serversOf(said: unknown, of: ServiceOf): { readonly servers: readonly Tree[] } | { readonly findings: readonly Finding[] } {
  const { item, protocol, service, locate } = of
  const { address, rest } = split(isTree(said) ? said : {}, protocol)
  const path: Path = [protocol, 'services', service, 'loadBalancer', 'server']
  const { value: wanted, issues } = check(serverLabels, address)
  if (issues.length > 0) return { findings: toFindings(issues, locate, path) }
  if (wanted.url !== undefined && (wanted.port !== undefined || wanted.scheme !== undefined)) {
    return {
      findings: [wrong(of, [...path, 'url'], { problem: 'stands beside `port` or `scheme`', hint: 'say either the URL or its parts' })],
    }
  }
  if (item.isIdle) return { servers: [] }
  if (wanted.url !== undefined) return { servers: [{ url: wanted.url, ...rest }] }
  const found = item.defaults.servers({ protocol, service, port: wanted.port })
  if ('problem' in found) {
    const { problem, ...hint } = found
    return { findings: [wrong(of, path.slice(0, 3), { problem: `has no server: ${problem}`, ...hint })] }
  }
  return { servers: found.addresses.map((one) => ({ ...toServer(one, protocol, wanted), ...rest })) }
}

/** What tells the address, and what goes to the server as it is; only a server of HTTP has more than a port. */
function split({ port, ...rest }: Tree, protocol: Protocol): { readonly address: Tree; readonly rest: Tree } {
  if (protocol !== 'http') return { address: { port }, rest }
  const { scheme, url, ...others } = rest
  return { address: { port, scheme, url }, rest: others }
}

function toServer(address: string, protocol: Protocol, { scheme = 'http' }: ServerLabels): Tree {
  return protocol === 'http' ? { url: `${scheme.toLowerCase()}://${address}` } : { address }
}

function wrong({ locate }: ServiceOf, path: Path, { problem, hint }: { readonly problem: string; readonly hint?: string }): Finding {
  const source = locate(path, 'value')
  return {
    code: 'GTW_BAD_VALUE',
    severity: 'error',
    message: `${dotted(path)} ${problem}`,
    path: dotted(path),
    ...(source === undefined ? {} : { source }),
    ...(hint === undefined ? {} : { hint }),
  }
}
