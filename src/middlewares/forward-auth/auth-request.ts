import { FieldNames } from '../../http/field-names.ts'
import { Headers } from '../../http/headers.ts'
import { nominatedFields } from '../../http/hop-by-hop.ts'
import { portOfHost } from '../../http/host.ts'
import { RequestHead } from '../../http/request.ts'
import { plainAddress } from '../../http/trusted-ips.ts'
import type { AuthAddress } from './auth-address.ts'

export interface AuthRequestOptions {
  readonly trustForwardHeader?: boolean | undefined
  /** Names of the fields that are sent; without any, all. */
  readonly authRequestHeaders: readonly string[]
  readonly preserveRequestMethod: boolean
  readonly forwardBody: boolean
}

/** What belongs to the client's connection, and what the codec writes itself. */
const NEVER_COPIED = new FieldNames([
  'connection',
  'keep-alive',
  'te',
  'trailers',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'expect',
  'host',
  'content-length',
])

const [FOR, METHOD, PROTO, PORT, HOST, URI] = [
  'X-Forwarded-For',
  'X-Forwarded-Method',
  'X-Forwarded-Proto',
  'X-Forwarded-Port',
  'X-Forwarded-Host',
  'X-Forwarded-Uri',
] as const

/** What the gateway says itself of a request. */
const MANAGED = [FOR, METHOD, PROTO, PORT, HOST, URI, 'X-Forwarded-Server', 'X-Forwarded-Prefix', 'X-Real-Ip']
const MANAGED_NAMES = new FieldNames(MANAGED.map((name) => name.toLowerCase()))

/** Makes the question that is asked about a request. */
export class AuthRequests {
  readonly #address: AuthAddress
  readonly #options: AuthRequestOptions
  /** Lower-case names; undefined: all fields. */
  readonly #allowed: ReadonlySet<string> | undefined

  constructor(address: AuthAddress, options: AuthRequestOptions) {
    this.#address = address
    this.#options = options
    const { authRequestHeaders, trustForwardHeader } = options
    const names = trustForwardHeader === true ? [...authRequestHeaders, ...MANAGED] : authRequestHeaders
    this.#allowed = authRequestHeaders.length === 0 ? undefined : new Set(names.map((name) => name.toLowerCase()))
  }

  /** The question, without content. */
  for(request: RequestHead): RequestHead {
    const { host, path, query } = this.#address
    const headers = this.#copied(request.headers)
    this.#say(headers, request)
    const question = new RequestHead(this.#options.preserveRequestMethod ? request.method : 'GET', path, headers)
    question.query = query
    question.host = host
    headers.raw.unshift('Host', host)
    headers.isRead = false
    return question
  }

  #copied({ raw }: Headers): Headers {
    const copy = new Headers()
    const nominated = this.#nominated(raw)
    for (let index = 0; index < raw.length; index += 2) {
      const name = raw[index] as string
      const lowerName = name.toLowerCase()
      if (NEVER_COPIED.has(name) || nominated?.has(lowerName) || this.#isRebuilt(name)) continue
      if (this.#allowed === undefined || this.#allowed.has(lowerName)) copy.raw.push(name, raw[index + 1] as string)
    }
    return copy
  }

  #nominated(raw: readonly string[]): Set<string> | undefined {
    let connection = ''
    for (let index = 0; index < raw.length; index += 2) {
      if ((raw[index] as string).toLowerCase() === 'connection') connection += `${raw[index + 1]},`
    }
    return connection === '' ? undefined : nominatedFields(connection)
  }

  /** Spellings count as well: the server that is asked may read `X_Forwarded_For` as the field itself. */
  #isRebuilt(name: string): boolean {
    return this.#options.trustForwardHeader === false && MANAGED_NAMES.slotOf(name) !== -1
  }

  #say(headers: Headers, request: RequestHead): void {
    const peer = plainAddress(request.peer.address)
    const isTrusting = this.#options.trustForwardHeader === true
    const say = (name: string, value: string): void => {
      if (!isTrusting || !headers.has(name.toLowerCase())) headers.set(name, value)
    }
    const before = isTrusting ? headers.get('x-forwarded-for') : undefined
    headers.set(FOR, before ? `${before}, ${peer}` : peer)
    say(METHOD, request.method)
    say(PROTO, request.scheme)
    if (this.#options.trustForwardHeader !== undefined) say(PORT, portOfHost(request.host) || (request.scheme === 'https' ? '443' : '80'))
    if (request.host !== '') say(HOST, request.host)
    say(URI, request.target)
  }
}
