import { networkInterfaces } from 'node:os'

/** The kind of socket for a host; without one, every address of the machine, of both families where it has both. */
export function udpFamilyOf(host: string): 'udp4' | 'udp6' {
  if (host !== '') return host.includes(':') ? 'udp6' : 'udp4'
  const addresses = Object.values(networkInterfaces()).flat()
  return addresses.some((address) => address?.family === 'IPv6') ? 'udp6' : 'udp4'
}
