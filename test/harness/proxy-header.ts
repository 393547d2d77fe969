import { SocketAddress } from 'node:net'
import type { Peer } from '../../src/http/request.ts'

const SIGNATURE = Buffer.from('0d0a0d0a000d0a515549540a', 'hex')

interface HeaderParts {
  /** Version and command: 0x20 is LOCAL, 0x21 is PROXY. */
  readonly command?: number
  /** Family and transport: 0x11 is TCP over IPv4. */
  readonly transport: number
  readonly addresses?: Buffer
  readonly extensions?: Buffer
  /** The announced length where it is not the true one. */
  readonly length?: number
}

/** A header of version 2 of the PROXY protocol, also one that is wrong. */
export function headerOf({
  command = 0x21,
  transport,
  addresses = Buffer.alloc(0),
  extensions = Buffer.alloc(0),
  length,
}: HeaderParts): Buffer {
  const head = Buffer.from([command, transport, 0, 0])
  head.writeUInt16BE(length ?? addresses.length + extensions.length, 2)
  return Buffer.concat([SIGNATURE, head, addresses, extensions])
}

/** The address block of version 2, IPv4 or IPv6 as its addresses are. */
export function addressBlock({ address, port, localAddress, localPort }: Peer): Buffer {
  const ports = Buffer.alloc(4)
  ports.writeUInt16BE(port, 0)
  ports.writeUInt16BE(localPort, 2)
  return Buffer.concat([octetsOf(address), octetsOf(localAddress), ports])
}

/** An extension of version 2. */
export function extension(type: number, value: Buffer, length: number = value.length): Buffer {
  return Buffer.concat([Buffer.from([type, length >> 8, length & 0xff]), value])
}

function octetsOf(address: string): Buffer {
  if (!address.includes(':')) return Buffer.from(address.split('.').map(Number))
  const { address: shortest } = new SocketAddress({ address, family: 'ipv6' })
  const [before = '', after] = shortest.split('::').map((half) =>
    half
      .split(':')
      .filter(Boolean)
      .map((group) => group.padStart(4, '0'))
      .join(''),
  )
  return Buffer.from(after === undefined ? before : before + '0'.repeat(32 - before.length - after.length) + after, 'hex')
}
