import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { Kept } from '../../state/kept.ts'
import type { CheckQueue } from './check-queue.ts'
import { type PasswordHash, readPasswordHash } from './password-hash.ts'

/** What was found out about a name and a password; `busy` where too many others wait to be checked. */
export type Verdict = 'right' | 'wrong' | 'busy'

interface User {
  readonly hash: PasswordHash
  /** Digest of the password that was right last: it need not be checked at that cost again. */
  known: Buffer | undefined
}

/** The users of one middleware. A right password is remembered, one for each user, as a digest that this process alone can make. */
export class Credentials implements Kept {
  readonly #users: ReadonlyMap<string, User>
  readonly #queue: CheckQueue
  /** Checked in the place of a user that does not exist, so that nobody can tell by the time it takes. */
  readonly #decoy: PasswordHash
  readonly #key = randomBytes(32)
  /** Those that are being checked: a browser sends the same in several requests at once. */
  readonly #checks = new Map<string, ((verdict: Verdict) => void)[]>()

  constructor(entries: readonly (readonly [name: string, hash: string])[], queue: CheckQueue) {
    this.#users = new Map(entries.map(([name, hash]) => [name, { hash: readPasswordHash(hash), known: undefined }]))
    this.#queue = queue
    this.#decoy = [...this.#users.values()].reduce<PasswordHash>((most, { hash }) => (hash.cost > most.cost ? hash : most), NEVER)
  }

  /** Answers at once where the answer is known, else calls back later. */
  check(name: string, password: string, later: (verdict: Verdict) => void): Verdict | undefined {
    const user = this.#users.get(name)
    const digest = this.#digest(name, password)
    if (user?.known !== undefined && timingSafeEqual(user.known, digest)) return 'right'
    const id = digest.toString('latin1')
    const listeners = this.#checks.get(id)
    if (listeners !== undefined) {
      listeners.push(later)
      return undefined
    }
    const hash = user?.hash ?? this.#decoy
    const isTaken = this.#queue.add({
      run: async () => hash.matches(password),
      done: (outcome) => this.#settle(id, user, { digest, isRight: outcome === true && user !== undefined }),
    })
    if (!isTaken) return 'busy'
    this.#checks.set(id, [later])
    return undefined
  }

  close(): void {}

  #settle(id: string, user: User | undefined, { digest, isRight }: { digest: Buffer; isRight: boolean }): void {
    if (isRight && user !== undefined) user.known = digest
    const listeners = this.#checks.get(id) ?? []
    this.#checks.delete(id)
    for (const listener of listeners) listener(isRight ? 'right' : 'wrong')
  }

  #digest(name: string, password: string): Buffer {
    return createHmac('sha256', this.#key).update(`${name}:${password}`).digest()
  }
}

const NEVER: PasswordHash = { cost: -1, matches: () => false }
