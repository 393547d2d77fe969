import { SocketAddress } from 'node:net'
import type { Peer } from '../http/request.ts'
import { plainAddress } from '../http/trusted-ips.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')
const LOCAL = 0x20
const PROXY = 0x21
const TCP_4 = 0x11
const TCP_6 = 0x21

/** The header of the PROXY protocol that tells a server who the client is and what it has connected to. */
export function proxyHeader(version: number, { address, port, localAddress, localPort }: Peer): Buffer {
  const [from, to] = ofOneFamily(plainAddress(address), plainAddress(localAddress))
  return version === 1 ? textHeader({ from, to, port, localPort }) : binaryHeader({ from, to, port, localPort })
}

/** The header by which a server hears that a connection is the gateway's own, and no client's. */
export function localProxyHeader(version: number): Buffer {
  return version === 1 ? Buffer.from('PROXY UNKNOWN\r\n', 'latin1') : Buffer.concat([SIGNATURE, Buffer.of(LOCAL, 0, 0, 0)])
}

interface Ends {
  readonly from: string
  readonly to: string
  readonly port: number
  readonly localPort: number
}

/** The header has one family for both: next to an IPv6 address, an IPv4 address is written inside of IPv6. */
function ofOneFamily(from: string, to: string): readonly [from: string, to: string] {
  if (isSix(from) === isSix(to)) return [from, to]
  return [isSix(from) ? from : `::ffff:${from}`, isSix(to) ? to : `::ffff:${to}`]
}

function textHeader({ from, to, port, localPort }: Ends): Buffer {
  return Buffer.from(`PROXY ${isSix(from) ? 'TCP6' : 'TCP4'} ${from} ${to} ${port} ${localPort}\r\n`, 'latin1')
}

function binaryHeader({ from, to, port, localPort }: Ends): Buffer {
  const addresses = Buffer.concat([octetsOf(from), octetsOf(to)])
  const head = Buffer.from([PROXY, isSix(from) ? TCP_6 : TCP_4, 0, addresses.length + 4])
  const ports = Buffer.from([port >> 8, port & 0xff, localPort >> 8, localPort & 0xff])
  return Buffer.concat([SIGNATURE, head, addresses, ports])
}

function isSix(address: string): boolean {
  return address.includes(':')
}

function octetsOf(address: string): Buffer {
  if (!isSix(address)) return Buffer.from(address.split('.').map(Number))
  const octets = Buffer.alloc(16)
  const { address: canonical } = new SocketAddress({ address, family: 'ipv6' })
  const [before = '', after] = canonical.split('::')
  writeGroups(octets, 0, groupsOf(before))
  const last = groupsOf(after ?? '')
  writeGroups(octets, 16 - 2 * last.length, last)
  return octets
}

/** Groups of 16 bits; an IPv4 address at the end makes two. */
function groupsOf(text: string): number[] {
  const parts = text === '' ? [] : text.split(':')
  return parts.flatMap((part) => {
    if (!part.includes('.')) return [Number.parseInt(part, 16)]
    const [a = 0, b = 0, c = 0, d = 0] = part.split('.').map(Number)
    return [a * 256 + b, c * 256 + d]
  })
}

function writeGroups(octets: Buffer, start: number, groups: readonly number[]): void {
  for (const [index, group] of groups.entries()) octets.writeUInt16BE(group, start + 2 * index)
}
