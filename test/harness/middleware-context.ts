import { readPasswordHash } from '../../src/middlewares/basic-auth/password-hash.ts'
import type { MiddlewareContext, Time } from '../../src/middlewares/definition.ts'
import { type Cells, privateCells } from '../../src/state/cells.ts'
import type { Kept } from '../../src/state/kept.ts'
import { FakeTimers } from './fake-timers.ts'

/** A time that passes only when a test says so. */
export function fakeTime(timers: FakeTimers, start = Date.UTC(2026, 0, 1)): Time {
  return { now: timers.now, wall: () => start + timers.now(), after: timers.after }
}

/** What a middleware is built with; parts that a test does not give refuse to be used. */
export function middlewareContext(parts: Partial<MiddlewareContext> = {}): MiddlewareContext {
  const kept = new Map<string, Kept>()
  const cells = new Map<string, Cells>()
  const refuse = (what: string) => (): never => {
    throw new TypeError(`this test has no ${what}`)
  }
  return {
    name: 'subject@test',
    user: 'router app@test',
    time: fakeTime(new FakeTimers()),
    keep<T extends Kept>(key: string, create: () => T): T {
      const thing = (kept.get(key) as T | undefined) ?? create()
      kept.set(key, thing)
      return thing
    },
    cells(key, size) {
      const own = cells.get(key) ?? privateCells(size)
      cells.set(key, own)
      return own
    },
    checkPassword: async (password, hash) => readPasswordHash(hash).matches(password),
    trouble() {},
    middleware: refuse('other middleware'),
    service: refuse('service'),
    ask: refuse('server to ask'),
    ...parts,
  }
}
