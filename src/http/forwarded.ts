import { GatewayError } from '../errors.ts'
import { FieldNames, FORWARDED_NAMES } from './field-names.ts'
import { cutFields, moveField, nominatedFields, removeNominated } from './hop-by-hop.ts'
import { portOfHost } from './host.ts'
import type { RequestHead } from './request.ts'
import { plainAddress, TrustedIps } from './trusted-ips.ts'

/** The option `entryPoints.<name>.forwardedHeaders`. */
export interface ForwardedHeadersOptions {
  /** Trusts every peer. */
  readonly insecure?: boolean | undefined
  /** Addresses and networks of the peers to trust. */
  readonly trustedIPs?: readonly string[] | undefined
  /** Fields that stay for the middlewares although a client nominates them in Connection. */
  readonly connection?: readonly string[] | undefined
  /** Leaves X-Forwarded-For without the peer. */
  readonly notAppendXForwardedFor?: boolean | undefined
  /** Tells the scheme under two more names, whoever has said something there. */
  readonly addXForwardedSchemeHeaders?: boolean | undefined
}

const FIELDS = new FieldNames([...FORWARDED_NAMES, 'connection'])
const FOR = FIELDS.slotOf('x-forwarded-for')
const HOST = FIELDS.slotOf('x-forwarded-host')
const PORT = FIELDS.slotOf('x-forwarded-port')
const PROTO = FIELDS.slotOf('x-forwarded-proto')
const SERVER = FIELDS.slotOf('x-forwarded-server')
const REAL_IP = FIELDS.slotOf('x-real-ip')
const CONNECTION = FIELDS.slotOf('connection')

/** Who asked, and how: what an entry point believes of it, and what it tells the middlewares and the server. */
export class ForwardedHeaders {
  readonly #insecure: boolean
  readonly #trusted: TrustedIps
  readonly #keep: ReadonlySet<string>
  readonly #appendsPeer: boolean
  readonly #addsScheme: boolean
  readonly #hostname: string
  /** Used again for every request: a request is scanned and filled in one go. */
  readonly #seen = new Seen()

  constructor(options: ForwardedHeadersOptions, hostname: string) {
    const trusted = TrustedIps.parse(options.trustedIPs ?? [])
    if (!(trusted instanceof TrustedIps)) {
      throw new GatewayError('GTW_CONFIG_INVALID', `forwardedHeaders.trustedIPs: "${trusted.invalid}" is neither an IP address nor a CIDR`)
    }
    this.#insecure = options.insecure ?? false
    this.#trusted = trusted
    this.#keep = new Set(options.connection?.map((name) => name.toLowerCase()))
    this.#appendsPeer = !(options.notAppendXForwardedFor ?? false)
    this.#addsScheme = options.addXForwardedSchemeHeaders ?? false
    // Field values are visible ASCII (RFC 9110 §5.5); the name of a machine need not be.
    this.#hostname = hostname.replace(/[^\x21-\x7e]/g, '-')
  }

  /** Removes what an untrusted peer claims, fills what is missing, then removes what Connection nominates. In this order [CVE-2024-45410]. */
  apply(request: RequestHead): void {
    const { address } = request.peer
    this.#seen.scan(request.headers.raw, this.#insecure || this.#trusted.has(address))
    this.#fill(request, plainAddress(address))
    if (this.#seen.connection !== '') this.#settleConnection(request, this.#seen.connection)
  }

  /** Appends the peer to X-Forwarded-For: the step of the reverse proxy, so that middlewares see the field as it was received. */
  appendFor(request: RequestHead): void {
    const address = plainAddress(request.peer.address)
    if (!this.#appendsPeer || address === '') return
    const { raw } = request.headers
    const last = lastForwardedFor(raw)
    if (last === -1) raw.push('X-Forwarded-For', address)
    else raw[last + 1] = raw[last + 1] === '' ? address : `${raw[last + 1]}, ${address}`
  }

  #fill(request: RequestHead, address: string): void {
    const { raw } = request.headers
    const seen = this.#seen
    if (!seen.hasRealIp && address !== '') raw.push('X-Real-Ip', address)
    if (seen.proto === '') {
      seen.proto = protoOf(request)
      raw.push('X-Forwarded-Proto', seen.proto)
    }
    if (!seen.hasPort) raw.push('X-Forwarded-Port', portOf(request, seen.proto))
    if (!seen.hasHost && request.host !== '') raw.push('X-Forwarded-Host', request.host)
    raw.push('X-Forwarded-Server', this.#hostname)
    if (!this.#addsScheme) return
    request.headers.set('X-Forwarded-Scheme', seen.proto)
    request.headers.set('X-Scheme', seen.proto)
  }

  #settleConnection(request: RequestHead, connection: string): void {
    const nominated = nominatedFields(connection)
    const kept = nominated === undefined ? [] : removeNominated(request.headers, nominated, this.#keep)
    // Rules and middlewares may look at an upgrade; the codec writes the one that goes out.
    if (request.upgrade !== undefined) kept.push('Upgrade')
    if (kept.length > 0) request.headers.append('Connection', kept.join(','))
  }
}

/** What one pass over the fields of a request found; the pass also removes what does not stay. */
class Seen {
  hasRealIp = false
  hasPort = false
  hasHost = false
  /** '' where there was none. */
  proto = ''
  /** Every value of Connection, joined; '' where there was none. */
  connection = ''
  /** Where X-Forwarded-For stands now. */
  #forIndex = -1

  scan(raw: string[], isTrusted: boolean): void {
    this.hasRealIp = this.hasPort = this.hasHost = false
    this.proto = this.connection = ''
    this.#forIndex = -1
    let kept = 0
    for (let index = 0; index < raw.length; index += 2) {
      const slot = FIELDS.slotOf(raw[index] as string)
      if (slot !== -1 && !this.#stays(raw, index, slot, isTrusted)) continue
      if (slot === FOR) this.#forIndex = kept
      moveField(raw, index, kept)
      kept += 2
    }
    cutFields(raw, kept)
  }

  #stays(raw: string[], index: number, slot: number, isTrusted: boolean): boolean {
    const value = raw[index + 1] as string
    if (slot === CONNECTION) {
      this.connection = this.connection === '' ? value : `${this.connection},${value}`
      return false
    }
    // A trusted proxy may pass on an alias that it did not write: origins would read it as the field itself [CVE-2026-39858].
    if (!isTrusted || slot === SERVER || (raw[index] as string).includes('_')) return false
    return this.#note(raw, slot, value)
  }

  /** Notes what a trusted peer says; an empty value says nothing. */
  #note(raw: string[], slot: number, value: string): boolean {
    if (slot === FOR) return this.#joinFor(raw, value)
    if (slot === REAL_IP) this.hasRealIp ||= value !== ''
    else if (slot === PORT) this.hasPort ||= value !== ''
    else if (slot === HOST) this.hasHost ||= value !== ''
    else if (slot === PROTO) this.proto ||= value
    else return true
    return value !== ''
  }

  /** Several lines become one, in the place of the first (RFC 9110 §5.2). */
  #joinFor(raw: string[], value: string): boolean {
    if (value === '') return false
    if (this.#forIndex === -1) return true
    raw[this.#forIndex + 1] += `, ${value}`
    return false
  }
}

/** The last X-Forwarded-For: a middleware may have added a line, and a list that goes on is read line after line (RFC 9110 §5.3). */
function lastForwardedFor(raw: readonly string[]): number {
  for (let index = raw.length - 2; index >= 0; index -= 2) {
    const name = raw[index] as string
    // Its length rules nearly every other name out.
    if (name.length === 15 && FIELDS.slotOf(name) === FOR && !name.includes('_')) return index
  }
  return -1
}

function protoOf(request: RequestHead): string {
  if (request.upgrade === 'websocket') return request.scheme === 'https' ? 'wss' : 'ws'
  return request.scheme
}

function portOf(request: RequestHead, proto: string): string {
  const port = portOfHost(request.host)
  if (port !== '') return port
  return proto === 'https' || proto === 'wss' || request.scheme === 'https' ? '443' : '80'
}
