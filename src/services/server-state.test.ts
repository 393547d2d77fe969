import { expect, test } from 'vitest'
import { privateCells } from '../state/cells.ts'
import { ticks } from '../state/ticks.ts'
import { SERVER_WORDS, ServerState } from './server-state.ts'

test('a server is up until its active check says otherwise, and says so once', () => {
  const state = new ServerState(privateCells(SERVER_WORDS))
  expect([state.isUp(), state.activeUp]).toEqual([true, true])
  expect(state.setActive(true)).toBe(false)
  expect(state.setActive(false)).toBe(true)
  expect(state.setActive(false)).toBe(false)
  expect([state.isUp(), state.activeUp]).toEqual([false, false])
  expect(state.setActive(true)).toBe(true)
  expect(state.isUp()).toBe(true)
})

test('failures keep it down for so long', () => {
  const state = new ServerState(privateCells(SERVER_WORDS))
  state.failFor(60_000)
  const now = ticks()
  expect([state.isUp(), state.activeUp]).toEqual([false, true])
  expect(state.isUp((now + 59_000) | 0)).toBe(false)
  expect(state.isUp((now + 60_001) | 0)).toBe(true)
  // What is over is forgotten: no later request has to read the clock.
  expect(state.isUp(now)).toBe(true)
})

test('an active check that finds it well lifts what failures did', () => {
  const state = new ServerState(privateCells(SERVER_WORDS))
  state.failFor(60_000)
  expect(state.setActive(true)).toBe(false)
  expect(state.isUp()).toBe(true)
})

test('requests are counted by all who see the same cells, and never below 0', () => {
  const cells = { words: new Int32Array(20), at: 5 }
  const [one, other] = [new ServerState(cells), new ServerState(cells)]
  one.enter()
  one.enter()
  other.enter()
  expect(other.inFlight).toBe(3)
  for (let count = 0; count < 5; count++) one.leave()
  expect(other.inFlight).toBe(0)
  one.setActive(false)
  expect(other.isUp()).toBe(false)
  expect([...cells.words.slice(0, 5), ...cells.words.slice(5 + SERVER_WORDS)].every((word) => word === 0)).toBe(true)
})

test('a deadline beyond the wrap of 32 bits is as far as any other', () => {
  const cells = privateCells(SERVER_WORDS)
  const state = new ServerState(cells)
  cells.words[1] = -(2 ** 31) + 10
  expect(state.isUp(2 ** 31 - 10)).toBe(false)
  expect(state.isUp(-(2 ** 31) + 10)).toBe(true)
})
