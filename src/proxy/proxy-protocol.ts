import { isIPv4, isIPv6, SocketAddress } from 'node:net'
import type { Peer } from '../http/request.ts'

/** The octets that begin a header of version 1 and 2 of the PROXY protocol; no other protocol begins with either of them. */
const SIGNATURE_1 = Buffer.from('PROXY ')
const SIGNATURE_2 = Buffer.from('\r\n\r\n\0\r\nQUIT\n')

const CARRIAGE_RETURN = 0x0d
const LINE_FEED = 0x0a

/** Version 1, §2.1: the longest line, with its CRLF. */
const LONGEST_LINE = 107
const LINE =
  /^PROXY TCP(?<family>[46]) (?<from>[\da-fA-F.:]+) (?<to>[\da-fA-F.:]+) (?<fromPort>0|[1-9]\d{0,4}) (?<toPort>0|[1-9]\d{0,4})\r\n$/
/** Whatever follows this word is ignored. */
const UNKNOWN_LINE = /^PROXY UNKNOWN[ \r]/

/** Version 2, §2.2: signature, version and command, family and transport, length of the rest. */
const HEAD = 16
const LOCAL = 0x20
const PROXY = 0x21
/** Octets of two addresses and two ports; of two paths. */
const FOUR = 12
const SIX = 36
const UNIX = 216
/** What the head may say of family (upper half) and transport (lower half: 1 for TCP, 2 for UDP), with the addresses that follow. */
const ADDRESS_OCTETS: ReadonlyMap<number, number> = new Map([
  [0x00, 0],
  [0x11, FOUR],
  [0x12, FOUR],
  [0x21, SIX],
  [0x22, SIX],
  [0x31, UNIX],
  [0x32, UNIX],
])
const EXTENSION_HEAD = 3

/** `none`: what comes is no header; `header`: one has been read. */
type Verdict = 'more' | 'none' | 'header' | 'invalid'

/**
 * Reads one header of the PROXY protocol, version 1 or 2, however it was cut into chunks. It knows no socket, holds 107
 * octets at most and looks at each octet once.
 *
 *   signature ─▶ line ─────────────────────────────────────▶ header      version 1
 *       │  └───▶ head ─▶ addresses ─▶ extensions ──────────▶ header      version 2
 *       │          └───────────────▶ ignored ──────────────▶ header      LOCAL, or no addresses of the Internet
 *       └──────▶ none                                 (each) ▶ invalid
 */
export class ProxyHeaderReader {
  /** The announced addresses; undefined where the header announces none. */
  peer: Peer | undefined
  #state: 'signature' | 'line' | 'head' | 'addresses' | 'extensions' | 'ignored' | Exclude<Verdict, 'more'> = 'signature'
  readonly #held = Buffer.allocUnsafe(LONGEST_LINE)
  #length = 0
  #signature: Buffer = SIGNATURE_1
  /** Where the addresses of version 2 end in what is held. */
  #addressEnd = 0
  /** Octets that are left of what the head of version 2 announces, and of the current extension. */
  #left = 0
  #extensionLeft = 0

  get verdict(): Verdict {
    const state = this.#state
    return state === 'header' || state === 'none' || state === 'invalid' ? state : 'more'
  }

  /** Where the verdict is `none`: what was taken for the beginning of a header before this call, and belongs to others. */
  get returned(): Buffer {
    return this.#signature.subarray(0, this.#state === 'none' ? this.#length : 0)
  }

  /** Returns the place behind the last octet that belongs to the header. Never call it again after a verdict. */
  read(buffer: Buffer, start: number, end: number): number {
    const before = this.#length
    let at = start
    while (at < end && this.verdict === 'more') {
      this.#take(buffer[at] as number)
      at++
    }
    if (this.#state !== 'none') return at
    this.#length = before
    return start
  }

  #take(octet: number): void {
    switch (this.#state) {
      case 'signature':
        this.#takeSignature(octet)
        break
      case 'line':
        this.#takeLine(octet)
        break
      case 'head':
        if (this.#hold(octet) === HEAD) this.#readHead()
        break
      case 'addresses':
        this.#takeAddresses(octet)
        break
      case 'extensions':
        this.#takeExtension(octet)
        break
      default:
        this.#left--
        if (this.#left === 0) this.#state = 'header'
    }
  }

  #hold(octet: number): number {
    this.#held[this.#length] = octet
    this.#length++
    return this.#length
  }

  #takeSignature(octet: number): void {
    if (this.#length === 0 && octet === CARRIAGE_RETURN) this.#signature = SIGNATURE_2
    if (octet !== this.#signature[this.#length]) this.#state = 'none'
    else if (this.#hold(octet) === this.#signature.length) this.#state = this.#signature === SIGNATURE_1 ? 'line' : 'head'
  }

  // ── version 1 ──────────────────────────────────────────────────────────────────────────────────────────

  #takeLine(octet: number): void {
    const length = this.#hold(octet)
    if (octet === LINE_FEED) this.#state = this.#readLine(this.#held.toString('latin1', 0, length))
    else if (length === LONGEST_LINE) this.#state = 'invalid'
  }

  #readLine(line: string): 'header' | 'invalid' {
    if (UNKNOWN_LINE.test(line) && line.endsWith('\r\n')) return 'header'
    const { family, from = '', to = '', fromPort, toPort } = LINE.exec(line)?.groups ?? {}
    const isAddress = family === '4' ? isIPv4 : isIPv6
    const [port, localPort] = [Number(fromPort), Number(toPort)]
    if (family === undefined || !isAddress(from) || !isAddress(to) || port > 65_535 || localPort > 65_535) return 'invalid'
    this.peer = { address: canonical(from), port, localAddress: canonical(to), localPort }
    return 'header'
  }

  // ── version 2 ──────────────────────────────────────────────────────────────────────────────────────────

  #readHead(): void {
    const held = this.#held
    const command = held.readUInt8(12)
    const size = ADDRESS_OCTETS.get(held.readUInt8(13))
    this.#left = held.readUInt16BE(14)
    if (command !== LOCAL && (command !== PROXY || size === undefined || size > this.#left)) this.#state = 'invalid'
    else if (command === PROXY && (size === FOUR || size === SIX)) {
      this.#addressEnd = HEAD + size
      this.#state = 'addresses'
    } else this.#state = this.#left === 0 ? 'header' : 'ignored'
  }

  #takeAddresses(octet: number): void {
    this.#left--
    if (this.#hold(octet) < this.#addressEnd) return
    const block = this.#held.subarray(HEAD, this.#addressEnd)
    const ports = block.length - 4
    const half = ports / 2
    this.peer = {
      address: addressOf(block.subarray(0, half)),
      port: block.readUInt16BE(ports),
      localAddress: addressOf(block.subarray(half, ports)),
      localPort: block.readUInt16BE(ports + 2),
    }
    // The heads of the extensions take the place of what has been read.
    this.#length = 0
    this.#state = this.#left === 0 ? 'header' : 'extensions'
  }

  /** Extensions (type, two octets of length, value) are only checked to fill the announced length exactly (§2.2.7). */
  #takeExtension(octet: number): void {
    this.#left--
    if (this.#extensionLeft > 0) this.#extensionLeft--
    else if (this.#hold(octet) === EXTENSION_HEAD) {
      this.#length = 0
      this.#extensionLeft = this.#held.readUInt16BE(1)
    }
    if (this.#extensionLeft > this.#left) this.#state = 'invalid'
    else if (this.#left === 0) this.#state = this.#length === 0 ? 'header' : 'invalid'
  }
}

/** One spelling for one address, as that of a socket has: who compares or counts clients compares texts. */
function canonical(address: string): string {
  return isIPv4(address) ? address : new SocketAddress({ address, family: 'ipv6' }).address
}

function addressOf(octets: Buffer): string {
  if (octets.length === 4) return octets.join('.')
  return canonical((octets.toString('hex').match(/.{4}/g) ?? []).join(':'))
}
