import { BlockList } from 'node:net'

// Where clouds tell their machines secrets: nothing that a label names may lead there.
const METADATA = new BlockList()
METADATA.addSubnet('169.254.0.0', 16, 'ipv4')
METADATA.addSubnet('fe80::', 10, 'ipv6')
METADATA.addAddress('fd00:ec2::254', 'ipv6')

/** What would be right in place of a URL that no server can have; undefined where it is fine. */
export function urlProblem(text: string): string | undefined {
  const [, scheme = ''] = /^(https?|h2c):\/\//i.exec(text) ?? []
  const url = scheme === '' ? undefined : parse(`http${text.slice(scheme.length)}`)
  if (url === undefined) return 'an http, https or h2c URL, for instance http://10.0.0.1:8080'
  if (url.username !== '' || url.password !== '') return 'a URL without a user'
  return isMetadata(url.hostname) ? 'an address that is not link-local' : undefined
}

// As a URL of http, every spelling of an address becomes the usual one.
function parse(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

function isMetadata(host: string): boolean {
  if (host.startsWith('[')) return METADATA.check(host.slice(1, -1), 'ipv6')
  return /^[\d.]+$/.test(host) && METADATA.check(host, 'ipv4')
}
