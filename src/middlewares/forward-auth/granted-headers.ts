import type { DispatchController, DispatchHandler } from '../../dispatch/dispatch.ts'
import { ForwardingHandler } from '../../dispatch/forwarding-handler.ts'
import type { Headers } from '../../http/headers.ts'
import { compileGoRegex, type GoRegex } from '../../regex/go-regex.ts'
import { deleteSpellings, foldName } from '../shared/spelled-field.ts'

/** What the answer that grants a request brings into it. */
export class GrantedHeaders {
  readonly #names: readonly { readonly lowerName: string; readonly folded: string }[]
  readonly #pattern: GoRegex | undefined

  constructor(names: readonly string[], pattern: string | undefined) {
    this.#names = names.map((name) => ({ lowerName: name.toLowerCase(), folded: foldName(name) }))
    this.#pattern = pattern ? compileGoRegex(pattern) : undefined
  }

  /** What the client sent under these names goes in any case: it must not pass for the word of the server that was asked. */
  move(from: Headers, to: Headers): void {
    for (const { lowerName, folded } of this.#names) {
      deleteSpellings(to, folded)
      copy(from, to, (name) => name.toLowerCase() === lowerName)
    }
    const pattern = this.#pattern
    if (pattern === undefined) return
    const matches = (name: string): boolean => pattern.test(canonicalName(name))
    const { raw } = to
    const kept: string[] = []
    for (let index = 0; index < raw.length; index += 2) {
      if (!matches((raw[index] as string).replaceAll('_', '-'))) kept.push(raw[index] as string, raw[index + 1] as string)
    }
    raw.splice(0, raw.length, ...kept)
    copy(from, to, matches)
  }
}

function copy(from: Headers, to: Headers, wanted: (name: string) => boolean): void {
  for (let index = 0; index < from.raw.length; index += 2) {
    const name = from.raw[index] as string
    if (wanted(name)) to.append(name, from.raw[index + 1] as string)
  }
}

/** `x-user-id` as `X-User-Id`: patterns are written for this form, whatever a client or a protocol makes of it. */
function canonicalName(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase())
}

/** Cookies of the answer that granted the request, for the response to the client. */
export class CookiesAdded extends ForwardingHandler {
  readonly #names: ReadonlySet<string>
  readonly #cookies: readonly string[]

  constructor(next: DispatchHandler, names: ReadonlySet<string>, cookies: readonly string[]) {
    super(next)
    this.#names = names
    this.#cookies = cookies
  }

  override onResponseStart(controller: DispatchController, statusCode: number, headers: Headers): void {
    const { raw } = headers
    const kept: string[] = []
    for (let index = 0; index < raw.length; index += 2) {
      const [name, value] = [raw[index] as string, raw[index + 1] as string]
      if (name.toLowerCase() !== 'set-cookie' || !this.#names.has(cookieName(value))) kept.push(name, value)
    }
    raw.splice(0, raw.length, ...kept)
    for (const cookie of this.#cookies) if (this.#names.has(cookieName(cookie))) headers.append('Set-Cookie', cookie)
    this.next.onResponseStart(controller, statusCode, headers)
  }
}

function cookieName(setCookie: string): string {
  const equals = setCookie.indexOf('=')
  return equals === -1 ? '' : setCookie.slice(0, equals).trim()
}
