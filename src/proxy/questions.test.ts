import { expect, test } from 'vitest'
import { type Dispatched, send } from '../../test/harness/dispatched.ts'
import { ManualClock } from '../../test/harness/manual-clock.ts'
import { GatewayError } from '../errors.ts'
import type { Question } from '../thread/question.ts'
import { Questions } from './questions.ts'

/** Questions whose answers a test gives by hand. */
function startQuestions() {
  const clock = new ManualClock()
  const asked: { readonly id: number; readonly question: Question }[] = []
  const questions = new Questions(clock, (id, question) => asked.push({ id, question }))
  const service = questions.service('api@internal')
  return { clock, asked, questions, ask: (path = '/api/version'): Dispatched => send(service, { path, fields: ['X-A', 'b'] }) }
}

const answer = { status: 200, headers: ['Content-Type', 'text/plain'], content: 'ü' }

test('a request is asked as it came, and answered with what is told', () => {
  const { clock, asked, questions, ask } = startQuestions()
  const response = ask()
  expect(asked).toMatchObject([
    { question: { service: 'api@internal', method: 'GET', path: '/api/version', headers: ['X-A', 'b'], host: 'app.test' } },
  ])
  expect(response.outcome).toBeUndefined()
  questions.tell(asked[0]?.id ?? 0, answer)
  expect(response.outcome).toBe(200)
  expect(response.headers.raw).toEqual(['Content-Type', 'text/plain'])
  expect(response.headers.contentLength).toBe(2)
  expect(Buffer.from(response.text, 'latin1').toString()).toBe('ü')
  expect(clock.watching).toBe(0)
})

test('octets come as they are, also from the middle of a buffer', () => {
  const { asked, questions, ask } = startQuestions()
  const response = ask()
  questions.tell(asked[0]?.id ?? 0, { ...answer, content: new Uint8Array([1, 65, 66, 1]).subarray(1, 3) })
  expect(response.text).toBe('AB')
})

test('answers find their questions in any order', () => {
  const { asked, questions, ask } = startQuestions()
  const [one, other] = [ask('/one'), ask('/other')]
  for (const { id, question } of asked.toReversed()) questions.tell(id, { ...answer, content: question.path })
  expect([one.text, other.text]).toEqual(['/one', '/other'])
})

test('the answer for a client that has gone is dropped', () => {
  const { clock, asked, questions, ask } = startQuestions()
  const response = ask()
  response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
  expect(response.outcome).toBe('GTW_CLIENT_GONE')
  expect(clock.watching).toBe(0)
  questions.tell(asked[0]?.id ?? 0, answer)
  expect(response.outcome).toBe('GTW_CLIENT_GONE')
})

test('no answer within ten seconds is a 504, and what is told afterwards is dropped', () => {
  const { clock, asked, questions, ask } = startQuestions()
  const response = ask()
  clock.advance(9_999)
  expect(response.outcome).toBeUndefined()
  clock.advance(1)
  expect(response.outcome).toBe(504)
  questions.tell(asked[0]?.id ?? 0, answer)
  expect(response.outcome).toBe(504)
})

test('at most 64 questions are open: the next client hears 503, and one more fits when one is answered', () => {
  const { asked, questions, ask } = startQuestions()
  const waiting = Array.from({ length: 64 }, () => ask())
  const refused = ask()
  expect(refused.outcome).toBe(503)
  expect(refused.headers.get('retry-after')).toBe('1')
  questions.tell(asked[0]?.id ?? 0, answer)
  expect(waiting[0]?.outcome).toBe(200)
  expect(ask().outcome).toBeUndefined()
})
