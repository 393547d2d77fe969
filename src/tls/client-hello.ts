/** What a client says of itself before anything is encrypted. */
export interface ClientHello {
  /** Lower case, without a trailing dot; '' where it names none. */
  readonly serverName: string
  /** Protocols that it offers (RFC 7301), in its order. */
  readonly protocols: readonly string[]
}

/** First octet of every TLS record that carries a handshake (RFC 8446 §5.1). */
export const HANDSHAKE = 0x16

/** The alert `unrecognized_name` (RFC 6066 §3), fatal, in a record. */
export const UNRECOGNIZED_NAME = Buffer.from([0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x70])

/** A larger ClientHello is an attack on whoever collects it; keys of several kinds take 2 KiB. */
const MOST_OCTETS = 16 * 1024

const RECORD_HEADER = 5
const HANDSHAKE_HEADER = 4
const CLIENT_HELLO = 1
const MAJOR_VERSION = 3
/** legacy_version and random. */
const FIXED_FIELDS = 34
const SERVER_NAME = 0
const PROTOCOLS = 16
const HOST_NAME = 0
const MOST_NAME_OCTETS = 255

/** Reads the message at the start of a connection (RFC 8446 §4.1.2); `octets` are all that have come so far. */
export function readClientHello(octets: Buffer): ClientHello | 'more' | 'invalid' {
  const message = collect(octets)
  if (typeof message === 'string') return message
  try {
    return readMessage(message)
  } catch (error) {
    // A length that leads out of the message: the rest is of no interest.
    if (error instanceof RangeError) return 'invalid'
    throw error
  }
}

/** The message may be spread over records of any size (RFC 8446 §5.1). */
function collect(octets: Buffer): Buffer | 'more' | 'invalid' {
  const fragments: Buffer[] = []
  let collected = 0
  let at = 0
  while (at + RECORD_HEADER <= octets.length) {
    const length = octets.readUInt16BE(at + 3)
    const wrong = octets[at] !== HANDSHAKE || octets[at + 1] !== MAJOR_VERSION || length === 0 || length > MOST_OCTETS
    if (wrong) return 'invalid'
    const fragment = octets.subarray(at + RECORD_HEADER, at + RECORD_HEADER + length)
    fragments.push(fragment)
    collected += fragment.length
    const message = completeMessage(fragments, collected)
    if (message !== undefined) return message
    if (fragment.length < length) break
    at += RECORD_HEADER + length
  }
  return octets.length > 2 * MOST_OCTETS ? 'invalid' : 'more'
}

function completeMessage(fragments: readonly Buffer[], collected: number): Buffer | 'invalid' | undefined {
  if (collected < HANDSHAKE_HEADER) return undefined
  const octets = fragments.length === 1 ? (fragments[0] as Buffer) : Buffer.concat(fragments)
  const length = octets.readUIntBE(1, 3)
  if (octets[0] !== CLIENT_HELLO || length > MOST_OCTETS) return 'invalid'
  return collected < HANDSHAKE_HEADER + length ? undefined : octets.subarray(HANDSHAKE_HEADER, HANDSHAKE_HEADER + length)
}

function readMessage(message: Buffer): ClientHello | 'invalid' {
  const fields = new Fields(message)
  fields.skip(FIXED_FIELDS)
  fields.take(fields.uint8())
  fields.take(fields.uint16())
  fields.take(fields.uint8())
  let serverName: string | undefined = ''
  let protocols: readonly string[] = []
  if (fields.isEmpty) return { serverName, protocols }
  const extensions = new Fields(fields.take(fields.uint16()))
  while (!extensions.isEmpty) {
    const type = extensions.uint16()
    const content = new Fields(extensions.take(extensions.uint16()))
    if (type === SERVER_NAME) serverName = readServerName(content)
    else if (type === PROTOCOLS) protocols = readProtocols(content)
  }
  return serverName === undefined ? 'invalid' : { serverName, protocols }
}

/** RFC 6066 §3; undefined for what cannot be a name of a host. */
function readServerName(content: Fields): string | undefined {
  const names = new Fields(content.take(content.uint16()))
  while (!names.isEmpty) {
    const type = names.uint8()
    const name = names.take(names.uint16())
    if (type !== HOST_NAME) continue
    const text = name.toString('latin1').toLowerCase()
    const bare = text.endsWith('.') ? text.slice(0, -1) : text
    return name.length <= MOST_NAME_OCTETS && HOST.test(bare) ? bare : undefined
  }
  return ''
}

/** Addresses are no names for TLS, but clients send them. */
const HOST = /^[a-z0-9_:-]+(?:\.[a-z0-9_:-]+)*$/

function readProtocols(content: Fields): string[] {
  const list = new Fields(content.take(content.uint16()))
  const protocols: string[] = []
  while (!list.isEmpty) protocols.push(list.take(list.uint8()).toString('latin1'))
  return protocols
}

/** Reads one value behind the other; throws a RangeError where there is none. */
class Fields {
  readonly #octets: Buffer
  #at = 0

  constructor(octets: Buffer) {
    this.#octets = octets
  }

  get isEmpty(): boolean {
    return this.#at === this.#octets.length
  }

  uint8(): number {
    return this.#octets.readUInt8(this.skip(1))
  }

  uint16(): number {
    return this.#octets.readUInt16BE(this.skip(2))
  }

  take(length: number): Buffer {
    const start = this.skip(length)
    return this.#octets.subarray(start, start + length)
  }

  /** Returns where it was. */
  skip(length: number): number {
    const start = this.#at
    if (start + length > this.#octets.length) throw new RangeError('the message is shorter than it says')
    this.#at += length
    return start
  }
}
