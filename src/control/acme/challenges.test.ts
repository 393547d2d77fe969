import { expect, test } from 'vitest'
import { FakeTimers } from '../../../test/harness/fake-timers.ts'
import type { Command } from '../../thread/messages.ts'
import type { WorkerLink } from '../worker-thread.ts'
import { ChallengeBoard } from './challenges.ts'

type Told = Extract<Command, { type: 'challenges' }>

const CHALLENGE = { host: 'a.test', token: 't', answer: 't.key' }

interface Worker extends WorkerLink {
  readonly told: Told[]
}

function workerAt(index: number): Worker {
  const told: Told[] = []
  return { index, told, send: (message) => void told.push(message as Told) }
}

const isSettled = async (promise: Promise<void>): Promise<boolean> =>
  Promise.race([promise.then(() => true), new Promise((resolve) => setImmediate(resolve)).then(() => false)])

test('a challenge is ready when every worker has it', async () => {
  const board = new ChallengeBoard(new FakeTimers())
  const [one, other] = [workerAt(0), workerAt(1)]
  board.attach(one)
  board.attach(other)
  const { ready, withdraw } = board.presentHttp(CHALLENGE)
  expect(other.told.at(-1)?.challenges.http).toEqual([CHALLENGE])
  board.taken(one, 1)
  expect(await isSettled(ready)).toBe(false)
  board.taken(other, 1)
  expect(await isSettled(ready)).toBe(true)
  withdraw()
  expect(other.told.at(-1)?.challenges.http).toEqual([])
})

test('a worker that ends, or does not answer, is not waited for', async () => {
  const timers = new FakeTimers()
  const board = new ChallengeBoard(timers)
  const [gone, silent] = [workerAt(0), workerAt(1)]
  board.attach(gone)
  const first = board.presentHttp(CHALLENGE)
  board.detach(gone)
  expect(await isSettled(first.ready)).toBe(true)
  board.attach(silent)
  const second = board.presentTls({ names: ['a.test'], cert: 'c', key: 'k' })
  expect(await isSettled(second.ready)).toBe(false)
  timers.advance(10_000)
  expect(await isSettled(second.ready)).toBe(true)
})

test('a worker that starts meanwhile has what is open', () => {
  const board = new ChallengeBoard(new FakeTimers())
  board.presentHttp(CHALLENGE)
  const late = workerAt(0)
  board.attach(late)
  expect(late.told.at(-1)?.challenges.http).toEqual([CHALLENGE])
})
