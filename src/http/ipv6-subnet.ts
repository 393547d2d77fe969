import { isIPv6, SocketAddress } from 'node:net'
import { plainAddress } from './trusted-ips.ts'

const GROUPS = 8
const GROUP_BITS = 16

/** The network of an IPv6 address, as its first address; what is none stays as it is, and so does IPv4 inside IPv6. */
export function ipv6Subnet(address: string, bits: number): string {
  const plain = plainAddress(address)
  if (!isIPv6(plain)) return plain
  const masked = groupsOf(plain).map((group, index) => group & maskOf(bits - index * GROUP_BITS))
  return new SocketAddress({ address: masked.map((group) => group.toString(16)).join(':'), family: 'ipv6' }).address
}

function maskOf(bits: number): number {
  const kept = Math.min(Math.max(bits, 0), GROUP_BITS)
  return (0xffff << (GROUP_BITS - kept)) & 0xffff
}

/** The eight groups of a valid address, an IPv4 tail as two of them (RFC 4291 §2.2). */
function groupsOf(address: string): number[] {
  const [before = '', after] = address.split('::')
  const head = parseGroups(before)
  if (after === undefined) return head
  const tail = parseGroups(after)
  return [...head, ...Array<number>(GROUPS - head.length - tail.length).fill(0), ...tail]
}

function parseGroups(text: string): number[] {
  if (text === '') return []
  return text.split(':').flatMap((group) => {
    if (!group.includes('.')) return [Number.parseInt(group, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}
