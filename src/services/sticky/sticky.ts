import { hash } from 'node:crypto'
import type { RequestHead } from '../../http/request.ts'
import { fnv1Hex } from '../hash/fnv.ts'
import type { Member } from '../member.ts'
import type { CookieOptions } from './options.ts'
import { readCookie } from './read-cookie.ts'
import { cookieAttributes, cookieName } from './set-cookie.ts'

/** Which member a client stays with. The cookie holds a hash of its name: that survives reloads and restarts. */
export class Sticky<M extends Member> {
  readonly #name: string
  readonly #members = new Map<string, M>()
  /** The Set-Cookie field that makes a client stay. */
  readonly #cookies = new Map<M, string>()
  readonly #outdated = new Set<string>()

  constructor(options: CookieOptions, service: string, members: readonly M[]) {
    this.#name = cookieName(options.name, service)
    const attributes = cookieAttributes(options)
    for (const member of members) {
      const value = stickyValue(member.name)
      this.#cookies.set(member, `${this.#name}=${value}${attributes}`)
      if (!this.#members.has(value)) this.#members.set(value, member)
    }
    for (const member of members) this.#addOutdated(member)
  }

  /** What the client brings; undefined where it has not been here. */
  read(request: RequestHead): string | undefined {
    return readCookie(request.headers, this.#name)
  }

  memberOf(value: string): M | undefined {
    return this.#members.get(value)
  }

  /** Whether the value is one that older versions gave out: it is understood, and replaced. */
  isOutdated(value: string): boolean {
    return this.#outdated.has(value)
  }

  cookieFor(member: M): string {
    return this.#cookies.get(member) ?? ''
  }

  #addOutdated(member: M): void {
    const hashed = fnv1Hex(member.name)
    for (const value of [member.name, hashed, fnv1Hex(hashed)]) {
      if (this.#members.has(value)) continue
      this.#members.set(value, member)
      this.#outdated.add(value)
    }
  }
}

/** What the cookie holds for a server or child service of this name. */
export function stickyValue(name: string): string {
  return hash('sha256', name).slice(0, 16)
}
