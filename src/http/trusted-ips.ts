import { BlockList, isIP, SocketAddress } from 'node:net'

const CACHED = 256
const MAPPED = '::ffff:'
const MAPPED_BITS = 96

/** A list of addresses and networks, compared as octets; an IPv4 address inside IPv6 equals the IPv4 address. */
export class TrustedIps {
  // Two lists, so that `::/0` means IPv6 only, as it does everywhere else.
  readonly #ipv4 = new BlockList()
  readonly #ipv6 = new BlockList()
  readonly #isEmpty: boolean
  /** Answers for the last addresses: one client usually sends many requests. */
  readonly #answers = new Map<string, boolean>()

  private constructor(networks: readonly Network[]) {
    this.#isEmpty = networks.length === 0
    for (const { address, bits } of networks) {
      if (isIP(address) === 4) this.#ipv4.addSubnet(address, bits, 'ipv4')
      else this.#ipv6.addSubnet(address, bits, 'ipv6')
    }
  }

  /** Builds the list, or names the first entry that is neither an address nor a network. */
  static parse(list: readonly string[]): TrustedIps | { invalid: string } {
    const networks: Network[] = []
    for (const entry of list) {
      const network = parseNetwork(entry)
      if (network === undefined) return { invalid: entry }
      networks.push(network)
    }
    return new TrustedIps(networks)
  }

  has(address: string): boolean {
    if (this.#isEmpty) return false
    const known = this.#answers.get(address)
    if (known !== undefined) return known
    const answer = this.#check(address)
    if (this.#answers.size >= CACHED) this.#answers.clear()
    this.#answers.set(address, answer)
    return answer
  }

  #check(address: string): boolean {
    const plain = canonicalAddress(address)
    if (plain === undefined) return false
    return isIP(plain) === 4 ? this.#ipv4.check(plain, 'ipv4') : this.#ipv6.check(plain, 'ipv6')
  }
}

interface Network {
  readonly address: string
  readonly bits: number
}

/** A socket's address as people write it: without zone, and IPv4 as IPv4 even on a dual-stack listener. */
export function plainAddress(address: string): string {
  const zone = address.indexOf('%')
  const bare = zone === -1 ? address : address.slice(0, zone)
  return bare.startsWith(MAPPED) && bare.includes('.') ? bare.slice(MAPPED.length) : bare
}

/** The one spelling of an address, or undefined where it is none. */
function canonicalAddress(address: string): string | undefined {
  const plain = plainAddress(address)
  const family = isIP(plain)
  if (family === 0) return undefined
  return family === 4 ? plain : plainAddress(new SocketAddress({ address: plain, family: 'ipv6' }).address)
}

/** Whether a text is an address or a network, and so may stand in a list. */
export function isNetwork(entry: string): boolean {
  return parseNetwork(entry) !== undefined
}

function parseNetwork(entry: string): Network | undefined {
  const slash = entry.indexOf('/')
  const written = slash === -1 ? entry : entry.slice(0, slash)
  const address = canonicalAddress(written)
  if (address === undefined) return undefined
  const widest = isIP(address) === 4 ? 32 : 128
  if (slash === -1) return { address, bits: widest }
  const bits = parseBits(entry.slice(slash + 1))
  // The bits of `::ffff:10.0.0.0/104` count from the left end of the IPv6 form.
  const offset = widest === 32 && written.includes(':') ? MAPPED_BITS : 0
  return bits >= offset && bits - offset <= widest ? { address, bits: bits - offset } : undefined
}

function parseBits(text: string): number {
  return /^(?:0|[1-9]\d{0,2})$/.test(text) ? Number(text) : -1
}
