import { hash, timingSafeEqual } from 'node:crypto'
import type { Dispatch, DispatchHandler } from '../dispatch/dispatch.ts'
import { replyError } from '../dispatch/reply.ts'
import type { RequestHead } from '../http/request.ts'
import { boolean, object, string } from '../schema/index.ts'
import { defineMiddleware } from './definition.ts'
import { NONCE_WORDS, Nonces } from './digest-auth/nonces.ts'
import { type DigestAnswer, readDigest } from './digest-auth/read-digest.ts'
import { expectedOfFieldName } from './shared/field-text.ts'
import { deleteSpellings, foldName } from './shared/spelled-field.ts'
import { challenge, quoted } from './shared/unauthorized.ts'
import { prepareUsers, userEntries, userList, usersFile } from './shared/users.ts'

/** Asks for a name and a digest of a password (RFC 7616 with MD5, which is all that the hashes of `htdigest` allow). */
export const digestAuth = defineMiddleware({
  name: 'digestAuth',
  options: object('Asks for a name and a digest of a password.', {
    users: userList('`name:realm:hash`, as `htdigest` writes it'),
    usersFile,
    realm: string('What the password is for; users of other realms do not count.', { default: 'traefik' }),
    headerField: string('The field that tells the server the name of the user.', {
      check: (text) => (text === '' ? undefined : expectedOfFieldName(text)),
    }),
    removeHeader: boolean('Do not send `Authorization` on.', { default: false }),
  }),
  prepare: prepareUsers,
  build: (options, { name, user, cells, time }) => {
    const realm = options.realm || 'traefik'
    const nonces = new Nonces(cells('digest nonces', NONCE_WORDS), `${name} ${user} ${realm}`, time)
    const guard = new DigestGuard(usersOf(options, realm), nonces, { ...options, realm })
    return (next) =>
      function digestAuth(request, handler) {
        return guard.admit(next, request, handler)
      }
  },
})

interface DigestOptions {
  readonly realm: string
  readonly headerField?: string | undefined
  readonly removeHeader: boolean
}

class DigestGuard {
  /** The first hash (`HA1`) of each user. */
  readonly #users: ReadonlyMap<string, string>
  readonly #nonces: Nonces
  readonly #options: DigestOptions
  readonly #foldedField: string

  constructor(users: ReadonlyMap<string, string>, nonces: Nonces, options: DigestOptions) {
    this.#users = users
    this.#nonces = nonces
    this.#options = options
    this.#foldedField = foldName(options.headerField ?? '')
  }

  admit(next: Dispatch, request: RequestHead, handler: DispatchHandler): boolean {
    const fields = request.headers.values('authorization')
    if (fields.length > 1) return replyError(handler, 'GTW_HEADER_INVALID')
    const answer = readDigest(fields[0])
    const user = answer?.get('username') ?? ''
    const verdict = answer === undefined ? 'wrong' : this.#judge(answer, user, request)
    if (verdict !== 'right') return challenge(handler, this.#challenge(verdict === 'stale'))
    const { headerField, removeHeader } = this.#options
    if (headerField) {
      deleteSpellings(request.headers, this.#foldedField)
      // The name came in a field: it consists of octets already.
      request.headers.append(headerField, user)
    }
    if (removeHeader) request.headers.delete('authorization')
    return next(request, handler)
  }

  #judge(answer: DigestAnswer, user: string, request: RequestHead): 'right' | 'wrong' | 'stale' {
    const nonce = answer.get('nonce') ?? ''
    const count = countOf(answer.get('nc'))
    const state = this.#nonces.stateOf(nonce)
    if (state === 'unknown' || count === undefined || !this.#isForUs(answer, request)) return 'wrong'
    const secret = this.#users.get(user)
    // What nobody can know takes the place of the hash: an unknown user takes as long as a known one.
    const isRight = answersTo(answer, secret ?? this.#nonces.opaque, request.method) && secret !== undefined
    if (!isRight) return 'wrong'
    return state === 'fresh' && this.#nonces.use(nonce, count) ? 'right' : 'stale'
  }

  #isForUs(answer: DigestAnswer, request: RequestHead): boolean {
    if (answer.get('opaque') !== this.#nonces.opaque || answer.get('qop') !== 'auth') return false
    if ((answer.get('algorithm') ?? 'MD5').toUpperCase() !== 'MD5') return false
    const uri = answer.get('uri')
    return uri !== undefined && (uri === request.target || uri === request.path)
  }

  #challenge(isStale: boolean): string {
    const stale = isStale ? 'stale="true", ' : ''
    const { opaque } = this.#nonces
    return `Digest realm=${quoted(this.#options.realm)}, nonce="${this.#nonces.create()}", opaque="${opaque}", ${stale}algorithm="MD5", qop="auth"`
  }
}

/** RFC 7616 §3.4.1. */
function answersTo(answer: DigestAnswer, secret: string, method: string): boolean {
  const part = (name: string): string => answer.get(name) ?? ''
  const about = hash('md5', octets(`${method}:${part('uri')}`))
  const wanted = hash('md5', octets(`${secret}:${part('nonce')}:${part('nc')}:${part('cnonce')}:auth:${about}`))
  const given = Buffer.from(part('response').toLowerCase())
  return given.length === wanted.length && timingSafeEqual(given, Buffer.from(wanted))
}

/** Fields hold octets, one in each character. */
function octets(text: string): Buffer {
  return Buffer.from(text, 'latin1')
}

function countOf(text = ''): number | undefined {
  return /^[\da-f]{8}$/i.test(text) ? Number.parseInt(text, 16) : undefined
}

function usersOf(options: Parameters<typeof userEntries>[0], realm: string): Map<string, string> {
  const users = new Map<string, string>()
  for (const entry of userEntries(options)) {
    const [name = '', of = '', secret = '', ...rest] = entry.split(':')
    if (secret === '' || rest.length > 0) throw new Error('error parsing DigestUser: a user must be written as name:realm:hash')
    // Names come as octets.
    if (of === realm) users.set(Buffer.from(name).toString('latin1'), secret.toLowerCase())
  }
  return users
}
