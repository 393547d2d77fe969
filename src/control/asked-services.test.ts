import { expect, test } from 'vitest'
import { recordedLog } from '../../test/harness/recorded-log.ts'
import type { Question } from '../thread/question.ts'
import { AskedServices } from './asked-services.ts'
import { systemTimers } from './timers.ts'

const question: Question = {
  service: 'api@internal',
  method: 'GET',
  path: '/api/version',
  query: undefined,
  headers: [],
  scheme: 'http',
  host: 'localhost',
  entryPoint: 'gateway',
  peer: '127.0.0.1',
}

test('the service that is asked answers, at once or later', async () => {
  const services = new AskedServices(recordedLog().log, systemTimers)
  services.add('api@internal', ({ path }) => ({ status: 200, headers: [], content: path }))
  services.add('prometheus@internal', async () => ({ status: 204, headers: [], content: '' }))
  expect(await services.answer(question)).toMatchObject({ status: 200, content: '/api/version' })
  expect(await services.answer({ ...question, service: 'prometheus@internal' })).toMatchObject({ status: 204 })
})

test('a service that nobody answers for is not available', async () => {
  expect(await new AskedServices(recordedLog().log, systemTimers).answer(question)).toMatchObject({
    status: 503,
    content: 'Service Unavailable',
  })
})

const failing = {
  throws: () => {
    throw new Error('broken')
  },
  rejects: () => Promise.reject(new Error('broken')),
}
for (const [how, service] of Object.entries(failing)) {
  test(`a service that ${how} is a 500 and a line in the log`, async () => {
    const { log, lines } = recordedLog()
    const services = new AskedServices(log, systemTimers)
    services.add('api@internal', service)
    expect(await services.answer(question)).toEqual({ status: 500, headers: [], content: 'Internal Server Error' })
    expect(lines).toMatchObject([{ level: 'error', message: 'api@internal cannot answer', error: 'broken', path: '/api/version' }])
  })
}

test('between two answers everyone else has a turn', async () => {
  const services = new AskedServices(recordedLog().log, systemTimers)
  const events: string[] = []
  services.add('api@internal', () => {
    events.push('answer')
    setImmediate(() => events.push('other'))
    return { status: 200, headers: [], content: '' }
  })
  await Promise.all([services.answer(question), services.answer(question), services.answer(question)])
  expect(events).toEqual(['answer', 'other', 'answer', 'other', 'answer'])
})

test('what nobody waits for any more is not looked for', async () => {
  let now = 0
  const services = new AskedServices(recordedLog().log, { now: () => now })
  let answers = 0
  services.add('api@internal', () => {
    answers++
    now += 10_001
    return { status: 200, headers: [], content: '' }
  })
  const told = await Promise.all([services.answer(question), services.answer(question)])
  expect(told.map(({ status }) => status)).toEqual([200, 504])
  expect(answers).toBe(1)
})
