import { hash } from 'node:crypto'
import type { Dispatch, DispatchHandler } from '../dispatch/dispatch.ts'
import { replyError, replyStatus } from '../dispatch/reply.ts'
import type { RequestHead } from '../http/request.ts'
import { boolean, object, string } from '../schema/index.ts'
import { CheckQueue } from './basic-auth/check-queue.ts'
import { Credentials, type Verdict } from './basic-auth/credentials.ts'
import { readBasic } from './basic-auth/read-basic.ts'
import { defineMiddleware } from './definition.ts'
import { expectedOfFieldName, toFieldValue } from './shared/field-text.ts'
import { deleteSpellings, foldName } from './shared/spelled-field.ts'
import { challenge, quoted } from './shared/unauthorized.ts'
import { prepareUsers, userEntries, userList, usersFile } from './shared/users.ts'
import { dispatchLater, Waiting } from './shared/waiting.ts'

/** Asks for a name and a password (RFC 7617). */
export const basicAuth = defineMiddleware({
  name: 'basicAuth',
  options: object('Asks for a name and a password.', {
    users: userList('`name:hash`; hashes are those of `htpasswd` (bcrypt, MD5, SHA-1)'),
    usersFile,
    realm: string('What the password is for.', { default: 'traefik' }),
    headerField: string('The field that tells the server the name of the user.', {
      check: (text) => (text === '' ? undefined : expectedOfFieldName(text)),
    }),
    removeHeader: boolean('Do not send `Authorization` on.', { default: false }),
  }),
  prepare: prepareUsers,
  build: (options, { name, keep, checkPassword }) => {
    const entries = userEntries(options).map(readEntry)
    if (entries.length === 0) throw new Error(`no users found in ${name}`)
    const queue = keep('password checks', () => new CheckQueue())
    const credentials = keep(`basicAuth ${hash('sha256', JSON.stringify(entries))}`, () => new Credentials(entries, queue, checkPassword))
    const guard = new BasicGuard(credentials, options)
    return (next) =>
      function basicAuth(request, handler) {
        return guard.admit(next, request, handler)
      }
  },
})

interface BasicOptions {
  readonly realm: string
  readonly headerField?: string | undefined
  readonly removeHeader: boolean
}

class BasicGuard {
  readonly #credentials: Credentials
  readonly #challenge: string
  readonly #headerField: string | undefined
  readonly #foldedField: string
  readonly #removeHeader: boolean

  constructor(credentials: Credentials, { realm, headerField, removeHeader }: BasicOptions) {
    this.#credentials = credentials
    this.#challenge = `Basic realm=${quoted(realm)}`
    this.#headerField = headerField || undefined
    this.#foldedField = foldName(headerField ?? '')
    this.#removeHeader = removeHeader
  }

  admit(next: Dispatch, request: RequestHead, handler: DispatchHandler): boolean {
    const fields = request.headers.values('authorization')
    // Whoever is behind may believe the other one.
    if (fields.length > 1) return replyError(handler, 'GTW_HEADER_INVALID')
    const given = readBasic(fields[0])
    if (given === undefined) return challenge(handler, this.#challenge)
    const waiting = new Waiting(handler)
    const verdict = this.#credentials.check(given.name, given.password, (late) => {
      if (waiting.end()) this.#settle(late, given.name, { next: later(next), request, handler })
    })
    if (verdict !== undefined) return this.#settle(verdict, given.name, { next, request, handler })
    waiting.begin(doNothing)
    return true
  }

  #settle(verdict: Verdict, user: string, { next, request, handler }: Admitted): boolean {
    if (verdict === 'busy') return replyStatus(handler, 503, ['Retry-After', '1'])
    if (verdict === 'wrong') return challenge(handler, this.#challenge)
    if (this.#headerField !== undefined) {
      deleteSpellings(request.headers, this.#foldedField)
      request.headers.append(this.#headerField, toFieldValue(user))
    }
    if (this.#removeHeader) request.headers.delete('authorization')
    return next(request, handler)
  }
}

interface Admitted {
  readonly next: Dispatch
  readonly request: RequestHead
  readonly handler: DispatchHandler
}

function readEntry(entry: string): readonly [name: string, hash: string] {
  const [name = '', text = '', ...rest] = entry.split(':')
  // What stands there may be a password: it is not repeated.
  if (text === '' || rest.length > 0) throw new Error('error parsing BasicUser: a user must be written as name:hash')
  return [name, text]
}

/** The same from a call that nobody above hears. */
function later(next: Dispatch): Dispatch {
  return (request, handler) => {
    dispatchLater(next, request, handler)
    return true
  }
}

function doNothing(): void {}
