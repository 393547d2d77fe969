import { describe, expect, test } from 'vitest'
import { HandedBody, type Question, send } from '../../test/harness/dispatched.ts'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { fakeTime, middlewareContext } from '../../test/harness/middleware-context.ts'
import { type Answer, ScriptedNext } from '../../test/harness/scripted-next.ts'
import { GatewayError } from '../errors.ts'
import { Headers } from '../http/headers.ts'
import { check } from '../schema/index.ts'
import type { AskedTls } from './definition.ts'
import { forwardAuth } from './forward-auth.ts'

function asked(options: object, answers: readonly (Answer | GatewayError)[] = []) {
  const timers = new FakeTimers()
  const server = new ScriptedNext(answers)
  const origins: [string, AskedTls | undefined][] = []
  const { value, issues } = check(forwardAuth.options, { address: 'http://auth.test:9000/check?a=1', ...options })
  expect(issues).toEqual([])
  const next = new ScriptedNext()
  const context = middlewareContext({
    time: fakeTime(timers),
    ask: (origin, tls) => {
      origins.push([origin, tls])
      return server.dispatch
    },
  })
  const dispatch = forwardAuth.build(value, context)(next.dispatch)
  const ask = (question: Question = {}) =>
    send(dispatch, {
      path: '/page',
      ...question,
      prepare: ({ request }) => {
        request.query = 'b=2'
        request.scheme = 'https'
        request.peer = { address: '::ffff:192.0.2.7', port: 1, localAddress: '', localPort: 443 }
      },
    })
  return { server, next, timers, origins, ask }
}

const granted: Answer = { status: 200 }
const PEER = '192.0.2.7'

test('forwardAuth: a 2xx lets the request go on as it is', () => {
  const { server, next, ask, origins, timers } = asked({}, [{ status: 204 }])
  ask({ method: 'POST', fields: ['X-A', '1'] })
  const { request } = server.last
  expect(origins).toEqual([['http://auth.test:9000', undefined]])
  expect([request.method, request.target, request.host, request.headers.get('host')]).toEqual([
    'GET',
    '/check?a=1',
    'auth.test:9000',
    'auth.test:9000',
  ])
  expect([next.last.request.method, next.last.request.target, next.last.request.headers.raw]).toEqual(['POST', '/page?b=2', ['X-A', '1']])
  expect(timers.armed).toBe(0)
})

test('forwardAuth: an answer that refuses is the client’s, as it comes', () => {
  const { server, next, ask } = asked({})
  const response = ask()
  const { last } = server
  last.handler.onResponseStart(last, 403, new Headers(['X-Why', 'no', 'Connection', 'X-Hop', 'X-Hop', '1', 'Keep-Alive', '1']))
  last.handler.onResponseData(last, Buffer.from('not '))
  expect([response.status, response.text, response.headers.raw]).toEqual([403, 'not ', ['X-Why', 'no']])
  response.controller?.pause()
  expect(last.isPaused).toBe(true)
  last.handler.onResponseData(last, Buffer.from('you'))
  last.handler.onResponseEnd(last, undefined)
  expect([response.outcome, response.text, next.calls.length]).toEqual([403, 'not you', 0])
})

const outcomes: readonly { why: string; answer: Answer | GatewayError; options?: object; status: number; location?: string }[] = [
  { why: 'a server that cannot be asked', answer: new GatewayError('GTW_UPSTREAM_REFUSED'), status: 500 },
  {
    why: 'a redirection, made absolute',
    answer: { status: 302, fields: ['Location', '/login'] },
    status: 302,
    location: 'http://auth.test:9000/login',
  },
  {
    why: 'a redirection that stays relative',
    answer: { status: 302, fields: ['Location', '/login'] },
    options: { preserveLocationHeader: true },
    status: 302,
    location: '/login',
  },
  { why: 'one that is absolute', answer: { status: 302, fields: ['Location', 'https://a.test'] }, status: 302, location: 'https://a.test' },
  { why: 'one that is none', answer: { status: 302, fields: ['Location', 'http://[a'] }, status: 500 },
  { why: 'a 401 with a page to sign in', answer: { status: 401 }, options: { authSigninURL: '/in' }, status: 302, location: '/in' },
  { why: 'a 403 with a page to sign in', answer: { status: 403 }, options: { authSigninURL: '/in' }, status: 403 },
  { why: 'a long answer', answer: { status: 200, content: '12345' }, options: { maxResponseBodySize: 4 }, status: 401 },
  {
    why: 'a long refusal',
    answer: { status: 403, content: '12345', unknownLength: true },
    options: { maxResponseBodySize: 4 },
    status: 401,
  },
  {
    why: 'a refusal that is just not too long',
    answer: { status: 403, content: '1234' },
    options: { maxResponseBodySize: 4 },
    status: 403,
  },
]

for (const { why, answer, options = {}, status, location } of outcomes) {
  test(`forwardAuth: ${why} becomes ${status}`, () => {
    const { next, ask } = asked(options, [answer])
    const response = ask()
    expect([response.outcome, response.headers.get('location'), next.calls.length]).toEqual([status, location, 0])
  })
}

test('forwardAuth: the answer must come in time', () => {
  const { server, ask, timers } = asked({})
  const response = ask()
  timers.advance(29_999)
  expect(response.outcome).toBeUndefined()
  timers.advance(1)
  expect([response.outcome, server.last.abortedWith?.code]).toEqual([500, 'GTW_UPSTREAM_CLOSED'])
})

test('forwardAuth: a client that goes away ends the question', () => {
  const { server, ask, timers } = asked({})
  const response = ask()
  response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
  expect([response.outcome, server.last.abortedWith?.code, timers.armed]).toEqual(['GTW_CLIENT_GONE', 'GTW_CLIENT_GONE', 0])
})

const received = [
  ['X-Forwarded-For', '198.51.100.1'],
  ['X-Forwarded-Proto', 'wss'],
  ['X-Forwarded-Port', '8443'],
  ['X-Forwarded-Host', 'shown.test'],
  ['X-Forwarded-Prefix', '/api'],
  ['X_Forwarded_Prefix', '/evil'],
  ['X-Other', '1'],
].flat()

const own = { 'x-forwarded-method': 'GET', 'x-forwarded-uri': '/page?b=2' }

describe.each([
  {
    trust: undefined,
    sent: {
      ...own,
      'x-forwarded-for': PEER,
      'x-forwarded-proto': 'https',
      'x-forwarded-port': '8443',
      'x-forwarded-host': 'app.test',
      'x-forwarded-prefix': '/api',
      x_forwarded_prefix: '/evil',
    },
  },
  {
    trust: false,
    sent: { ...own, 'x-forwarded-for': PEER, 'x-forwarded-proto': 'https', 'x-forwarded-port': '443', 'x-forwarded-host': 'app.test' },
  },
  {
    trust: true,
    sent: {
      ...own,
      'x-forwarded-for': `198.51.100.1, ${PEER}`,
      'x-forwarded-proto': 'wss',
      'x-forwarded-port': '8443',
      'x-forwarded-host': 'shown.test',
      'x-forwarded-prefix': '/api',
      x_forwarded_prefix: '/evil',
    },
  },
])('with trustForwardHeader $trust', ({ trust, sent }) => {
  const trusting = trust === undefined ? {} : { trustForwardHeader: trust }

  test('the question says who asked for what', () => {
    const { server, ask } = asked(trusting)
    ask({ fields: received })
    expect(fieldsOf(server.last.request.headers)).toEqual({ host: 'auth.test:9000', 'x-other': '1', ...sent })
  })

  test('it also does where only some fields are sent', () => {
    const { server, ask } = asked({ ...trusting, authRequestHeaders: ['X-Wanted'] })
    ask({ fields: [...received, 'x-wanted', 'yes'] })
    const fields = fieldsOf(server.last.request.headers)
    expect([fields['x-wanted'], fields['x-other'], fields['x-forwarded-for'], fields['x-forwarded-uri']]).toEqual([
      'yes',
      undefined,
      sent['x-forwarded-for'],
      '/page?b=2',
    ])
  })
})

test('forwardAuth: what belongs to the connection of the client is not sent', () => {
  const { server, ask } = asked({})
  const hop = [
    'Connection',
    'X-Hop, Upgrade',
    'X-Hop',
    '1',
    'Keep-Alive',
    '5',
    'TE',
    'trailers',
    'Upgrade',
    'websocket',
    'Expect',
    '100-continue',
  ]
  ask({ fields: [...hop, 'Proxy-Authorization', 'kept'], upgrade: 'websocket' })
  expect(Object.keys(fieldsOf(server.last.request.headers)).filter((name) => !name.startsWith('x-forwarded'))).toEqual([
    'host',
    'proxy-authorization',
  ])
  expect([server.last.request.upgrade, server.last.request.body, server.last.request.expectsContinue]).toEqual([
    undefined,
    undefined,
    false,
  ])
})

test('forwardAuth: fields of the answer take the place of those of the client, in every spelling, also where there are none', () => {
  const { next, ask } = asked({ authResponseHeaders: ['X-User', 'X-Group'] }, [{ ...granted, fields: ['x-user', 'a', 'X-User', 'b'] }])
  ask({ fields: ['X-USER', 'root', 'x_user', 'root', 'X-Group', 'wheel', 'X-Kept', '1'] })
  expect(next.last.request.headers.raw).toEqual(['X-Kept', '1', 'x-user', 'a', 'X-User', 'b'])
})

test('forwardAuth: the same goes for fields whose name matches', () => {
  const { next, ask } = asked({ authResponseHeadersRegex: '^X-Auth-' }, [{ ...granted, fields: ['x-auth-user', 'a', 'X-Other', 'b'] }])
  ask({ fields: ['x-auth-user', 'root', 'X_Auth_Group', 'wheel', 'X-Kept', '1'] })
  expect(next.last.request.headers.raw).toEqual(['X-Kept', '1', 'x-auth-user', 'a'])
})

test('forwardAuth: cookies of the answer are given to the client in the place of those of the service', () => {
  const { next, ask } = asked({ addAuthCookiesToResponse: ['session'] }, [
    { ...granted, fields: ['Set-Cookie', 'session=1', 'Set-Cookie', 'x=2'] },
  ])
  const response = ask()
  next.last.answer({ status: 200, fields: ['Set-Cookie', 'session=old', 'Set-Cookie', 'own=3'] })
  expect(response.headers.values('set-cookie')).toEqual(['own=3', 'session=1'])
})

test('forwardAuth: without cookies in the answer those of the service stay', () => {
  const { next, ask } = asked({ addAuthCookiesToResponse: ['session'] }, [granted])
  const response = ask()
  next.last.answer({ status: 200, fields: ['Set-Cookie', 'session=old'] })
  expect(response.headers.values('set-cookie')).toEqual(['session=old'])
})

test('forwardAuth: the method can be kept', () => {
  const { server, ask } = asked({ preserveRequestMethod: true })
  ask({ method: 'DELETE' })
  expect(server.last.request.method).toBe('DELETE')
})

describe('forwardAuth: content', () => {
  test('stays with the request, unread', () => {
    const { next, ask } = asked({}, [granted])
    const body = new HandedBody(3)
    ask({ method: 'POST', body })
    expect([next.last.request.body, next.last.content]).toEqual([body, ''])
  })

  test('goes to both where it is forwarded, once it is complete', () => {
    const { server, next, ask } = asked({ forwardBody: true, preserveRequestMethod: true }, [granted])
    const body = new HandedBody().push('one ')
    ask({ method: 'POST', body, fields: ['Content-Type', 'text/plain'] })
    expect(server.calls.length).toBe(0)
    body.push('two').end()
    expect([server.last.content, next.last.content]).toEqual(['one two', 'one two'])
    expect(server.last.request.headers.get('content-type')).toBe('text/plain')
  })

  for (const body of [new HandedBody(6), new HandedBody().push('123456')]) {
    test(`beyond the bound is refused (${body.length})`, () => {
      const { server, ask } = asked({ forwardBody: true, maxBodySize: 5 }, [granted])
      const response = ask({ method: 'POST', body })
      expect([response.outcome, response.text, server.calls.length]).toEqual([401, '', 0])
    })
  }

  test('that never comes completely asks nobody', () => {
    const { server, ask } = asked({ forwardBody: true })
    const body = new HandedBody().push('1')
    const response = ask({ method: 'POST', body })
    body.fail(new GatewayError('GTW_REQUEST_INCOMPLETE'))
    expect([response.outcome, server.calls.length]).toEqual(['GTW_REQUEST_INCOMPLETE', 0])
  })
})

test('forwardAuth: TLS is passed on with the content of its files', () => {
  const { value } = check(forwardAuth.options, { address: 'https://auth.test', tls: { ca: '/ca', key: '', insecureSkipVerify: true } })
  const prepared = forwardAuth.prepare?.(value, { read: () => '', readOrTake: (text) => `content of ${text}` })
  const { origins } = asked(prepared as object)
  expect(origins).toMatchObject([['https://auth.test', { ca: 'content of /ca', insecureSkipVerify: true }]])
})

for (const [why, options, path] of [
  ['an address that is none', { address: '/check' }, ['address']],
  ['an address with a password', { address: 'http://a:b@c' }, ['address']],
  ['another protocol', { address: 'ftp://a' }, ['address']],
  ['a pattern that is none', { address: 'http://a', authResponseHeadersRegex: '(' }, ['authResponseHeadersRegex']],
  ['a field name that is none', { address: 'http://a', authResponseHeaders: ['a b'] }, ['authResponseHeaders', 0]],
] as const) {
  test(`forwardAuth: ${why} is a finding`, () => {
    expect(check(forwardAuth.options, options).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path }])
  })
}

function fieldsOf({ raw }: Headers): Record<string, string> {
  const fields: Record<string, string> = {}
  for (let index = 0; index < raw.length; index += 2) fields[(raw[index] as string).toLowerCase()] = raw[index + 1] as string
  return fields
}
