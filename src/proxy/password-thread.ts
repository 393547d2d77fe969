import { parentPort } from 'node:worker_threads'
import { readPasswordHash } from '../middlewares/basic-auth/password-hash.ts'
import { stepBack } from '../thread/priority.ts'

/** A password that is compared with a hash. */
export interface PasswordQuestion {
  readonly id: number
  readonly password: string
  readonly hash: string
}

export interface PasswordAnswer {
  readonly id: number
  readonly isRight: boolean
}

// A hash takes a tenth of a second by design: on a core that is shared, requests go first.
stepBack()

parentPort?.on('message', async ({ id, password, hash }: PasswordQuestion) => {
  const answer: PasswordAnswer = { id, isRight: await readPasswordHash(hash).matches(password) }
  parentPort?.postMessage(answer)
})
