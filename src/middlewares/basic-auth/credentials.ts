import { hash, randomBytes } from 'node:crypto'
import type { Kept } from '../../state/kept.ts'
import type { CheckQueue } from './check-queue.ts'
import { type PasswordHash, readPasswordHash } from './password-hash.ts'

/** What was found out about a name and a password; `busy` where too many others wait to be checked. */
export type Verdict = 'right' | 'wrong' | 'busy'

interface User {
  readonly hash: PasswordHash
  readonly text: string
  /** Digest of the password that was right last: it need not be checked at that cost again. */
  known: string | undefined
}

/** Whether a password is the one of a hash, as `htpasswd` writes it. */
export type PasswordCheck = (password: string, hash: string) => Promise<boolean>

/** The users of one middleware. A right password is remembered, one for each user, as a digest that this process alone can make. */
export class Credentials implements Kept {
  readonly #users: ReadonlyMap<string, User>
  readonly #queue: CheckQueue
  readonly #matches: PasswordCheck
  /** Checked in the place of a user that does not exist, so that nobody can tell by the time it takes. */
  readonly #decoy: User
  readonly #key = randomBytes(32).toString('latin1')
  /** Those that are being checked: a browser sends the same in several requests at once. */
  readonly #checks = new Map<string, ((verdict: Verdict) => void)[]>()

  constructor(entries: readonly (readonly [name: string, hash: string])[], queue: CheckQueue, matches: PasswordCheck) {
    this.#users = new Map(entries.map(([name, text]) => [name, { hash: readPasswordHash(text), text, known: undefined }]))
    this.#queue = queue
    this.#matches = matches
    this.#decoy = [...this.#users.values()].reduce((most, user) => (user.hash.cost > most.hash.cost ? user : most), NOBODY)
  }

  /** Answers at once where the answer is known, else calls back later. */
  check(name: string, password: string, later: (verdict: Verdict) => void): Verdict | undefined {
    const user = this.#users.get(name)
    const digest = this.#digest(name, password)
    // How far two digests are alike tells nothing: nobody outside can make one.
    if (user !== undefined && user.known === digest) return 'right'
    const listeners = this.#checks.get(digest)
    if (listeners !== undefined) {
      listeners.push(later)
      return undefined
    }
    const { text } = user ?? this.#decoy
    const isTaken = this.#queue.add({
      run: () => this.#matches(password, text),
      done: (outcome) => this.#settle(digest, user, outcome === true && user !== undefined),
    })
    if (!isTaken) return 'busy'
    this.#checks.set(digest, [later])
    return undefined
  }

  close(): void {}

  #settle(digest: string, user: User | undefined, isRight: boolean): void {
    if (isRight && user !== undefined) user.known = digest
    const listeners = this.#checks.get(digest) ?? []
    this.#checks.delete(digest)
    for (const listener of listeners) listener(isRight ? 'right' : 'wrong')
  }

  /** In one call: an HMAC takes an object and fifty times as long. Nothing but the digest of a whole text is ever compared. */
  #digest(name: string, password: string): string {
    return hash('sha256', `${this.#key}${name}:${password}`)
  }
}

const NOBODY: User = { hash: readPasswordHash(''), text: '', known: undefined }
