import { expect, test } from 'vitest'
import { privateCells } from '../state/cells.ts'
import { FailureWindow, failureWords } from './failure-window.ts'
import { SERVER_WORDS, ServerState } from './server-state.ts'

function watched(maxFailedAttempts: number, failureWindow = 60_000) {
  const state = new ServerState(privateCells(SERVER_WORDS))
  const cells = privateCells(failureWords(maxFailedAttempts))
  const window = () => new FailureWindow(cells, state, { maxFailedAttempts, failureWindow, downMs: failureWindow })
  return { state, cells, window }
}

for (const most of [1, 2, 3, 1000]) {
  test(`${most} failures in a row take the server down, not one less, whoever sees them`, () => {
    const { state, window } = watched(most)
    const [one, other] = [window(), window()]
    for (let count = 1; count < most; count++) (count % 2 ? one : other).failed()
    expect(state.isUp()).toBe(true)
    other.failed()
    expect(state.isUp()).toBe(false)
  })
}

test('with a highest number of 0 the first failure counts', () => {
  const { state, window } = watched(0)
  window().failed()
  expect(state.isUp()).toBe(false)
})

test('a success in between begins the count anew', () => {
  const { state, window } = watched(3)
  const failures = window()
  for (const outcome of ['failed', 'failed', 'succeeded', 'failed', 'failed'] as const) failures[outcome]()
  expect(state.isUp()).toBe(true)
  failures.failed()
  expect(state.isUp()).toBe(false)
})

test('failures that lie further apart than the window do not add up', () => {
  const { state, cells, window } = watched(2)
  const failures = window()
  failures.failed()
  // The first one as if it had been more than a minute ago.
  cells.words[1] = ((cells.words[1] ?? 0) - 60_001) | 0
  failures.failed()
  expect(state.isUp()).toBe(true)
  failures.failed()
  expect(state.isUp()).toBe(false)
})
