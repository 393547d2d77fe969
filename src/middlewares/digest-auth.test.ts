import { hash } from 'node:crypto'
import { expect, test } from 'vitest'
import { send } from '../../test/harness/dispatched.ts'
import { FakeTimers } from '../../test/harness/fake-timers.ts'
import { fakeTime, middlewareContext } from '../../test/harness/middleware-context.ts'
import { ScriptedNext } from '../../test/harness/scripted-next.ts'
import { check } from '../schema/index.ts'
import type { Cells } from '../state/cells.ts'
import { readDigest } from './digest-auth/read-digest.ts'
import { digestAuth } from './digest-auth.ts'

const md5 = (text: string): string => hash('md5', text)
const users = [`carol:traefik:${md5('carol:traefik:secret')}`, `dora:other:${md5('dora:other:secret')}`]

function guarded(options: object = {}, memory: Map<string, Cells> = new Map(), timers = new FakeTimers()) {
  const { value, issues } = check(digestAuth.options, { users, ...options })
  expect(issues).toEqual([])
  const cells = (key: string, size: number): Cells => {
    const known = memory.get(key) ?? { words: new Int32Array(new SharedArrayBuffer(size * 4)), at: 0 }
    memory.set(key, known)
    return known
  }
  const next = new ScriptedNext(Array.from({ length: 20 }, () => ({ status: 200 })))
  const dispatch = digestAuth.build(value, middlewareContext({ cells, time: fakeTime(timers) }))(next.dispatch)
  const ask = (fields: readonly string[] = [], query?: string) =>
    send(dispatch, {
      fields,
      path: '/a',
      prepare: ({ request }) => {
        request.query = query
      },
    })
  /** The parameters of a new challenge. */
  const challenge = () => readDigest(ask().headers.get('www-authenticate')) as ReadonlyMap<string, string>
  return { next, memory, timers, ask, challenge }
}

interface Changes {
  readonly user?: string
  readonly password?: string
  readonly uri?: string
  readonly nc?: string
  readonly more?: Readonly<Record<string, string>>
}

function answerTo(challenge: ReadonlyMap<string, string>, changes: Changes = {}): string[] {
  const { user = 'carol', password = 'secret', uri = '/a', nc = '00000001', more = {} } = changes
  const [realm, nonce] = [challenge.get('realm') ?? '', challenge.get('nonce') ?? '']
  const secret = md5(`${user}:${realm}:${password}`)
  const response = md5(`${secret}:${nonce}:${nc}:abc:auth:${md5(`GET:${uri}`)}`)
  const parts = {
    username: user,
    realm,
    nonce,
    uri,
    opaque: challenge.get('opaque') ?? '',
    algorithm: 'MD5',
    response,
    cnonce: 'abc',
    ...more,
  }
  const quoted = Object.entries(parts).map(([name, value]) => `${name}="${value}"`)
  return ['Authorization', `Digest ${quoted.join(', ')}, qop=${more.qop ?? 'auth'}, nc=${nc}`]
}

test('digestAuth: a challenge names all that an answer needs', () => {
  const { ask, next } = guarded({ realm: 'my realm' })
  const { status, text, headers } = ask()
  expect([status, text, headers.get('content-type')]).toEqual([401, '401 Unauthorized\n', 'text/plain'])
  expect(headers.get('www-authenticate')).toMatch(
    /^Digest realm="my realm", nonce="[\w-]{43}", opaque="[\w-]{22}", algorithm="MD5", qop="auth"$/,
  )
  expect(next.calls).toEqual([])
})

const answers: readonly { why: string; changes: Changes; query?: string; status: number }[] = [
  { why: 'the right answer', changes: {}, status: 200 },
  { why: 'a wrong password', changes: { password: 'Secret' }, status: 401 },
  { why: 'a user that does not exist', changes: { user: 'nobody' }, status: 401 },
  { why: 'a user of another realm', changes: { user: 'dora' }, status: 401 },
  { why: 'the whole target', changes: { uri: '/a?b=1' }, query: 'b=1', status: 200 },
  { why: 'the path of the target', changes: { uri: '/a' }, query: 'b=1', status: 200 },
  { why: 'another target', changes: { uri: '/b' }, status: 401 },
  { why: 'another opaque value', changes: { more: { opaque: 'x' } }, status: 401 },
  { why: 'another nonce', changes: { more: { nonce: 'x' } }, status: 401 },
  { why: 'another algorithm', changes: { more: { algorithm: 'SHA-256' } }, status: 401 },
  { why: 'another protection', changes: { more: { qop: 'auth-int' } }, status: 401 },
  { why: 'a count that is none', changes: { nc: '1' }, status: 401 },
]

for (const { why, changes, query, status } of answers) {
  test(`digestAuth: ${why} is ${status}`, () => {
    const { ask, challenge, next } = guarded()
    expect(ask(answerTo(challenge(), changes), query).status).toBe(status)
    expect(next.calls.length).toBe(status === 200 ? 1 : 0)
  })
}

test('digestAuth: an algorithm that is not named is MD5', () => {
  const { ask, challenge } = guarded()
  const [name = '', field = ''] = answerTo(challenge())
  expect(ask([name, field.replace('algorithm="MD5", ', '')]).status).toBe(200)
})

test('digestAuth: a count can be used once, a higher one again, in any thread', () => {
  const timers = new FakeTimers()
  const one = guarded({}, undefined, timers)
  const other = guarded({}, one.memory, timers)
  const challenge = one.challenge()
  expect(one.ask(answerTo(challenge)).status).toBe(200)
  const again = other.ask(answerTo(challenge))
  expect([again.status, again.headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('stale="true"')])
  expect(other.ask(answerTo(challenge, { nc: '0000000a' })).status).toBe(200)
  expect(one.ask(answerTo(challenge, { nc: '00000009' })).status).toBe(401)
})

test('digestAuth: an old nonce is stale, one of another gateway unknown', () => {
  const { ask, challenge, timers } = guarded()
  const old = challenge()
  timers.advance(3_600_001)
  expect(ask(answerTo(old)).headers.get('www-authenticate')).toContain('stale="true"')
  expect(ask(answerTo(guarded().challenge())).headers.get('www-authenticate')).not.toContain('stale')
})

test('digestAuth: a wrong password is never told that its nonce is stale', () => {
  const { ask, challenge } = guarded()
  const first = challenge()
  ask(answerTo(first))
  expect(ask(answerTo(first, { password: 'wrong' })).headers.get('www-authenticate')).not.toContain('stale')
})

test('digestAuth: the server learns the name from a field that no client can forge', () => {
  const { ask, next, challenge } = guarded({ headerField: 'X-User', removeHeader: true })
  ask(['X_User', 'root', ...answerTo(challenge())])
  expect(next.last.request.headers.raw).toEqual(['X-User', 'carol'])
})

test('digestAuth: two Authorization fields are refused, and without users nobody passes', () => {
  const { ask, challenge } = guarded()
  const fields = answerTo(challenge())
  expect(ask([...fields, ...fields]).status).toBe(400)
  const empty = guarded({ users: [] })
  expect(empty.ask(answerTo(empty.challenge())).status).toBe(401)
  expect(() => guarded({ users: ['name:hash'] })).toThrow('error parsing DigestUser')
})

for (const field of ['Digest a="1", a="2"', 'Digest a', 'Digest a="1', 'Basic a="1"', `Digest a="${'x'.repeat(9000)}"`]) {
  test(`what is no answer is not read: ${field.slice(0, 30)}`, () => {
    expect(readDigest(field)).toBeUndefined()
  })
}

test('quoted texts lose their quotes', () => {
  expect(readDigest('digest User="a \\"b\\"" ,x=y')).toEqual(
    new Map([
      ['user', 'a "b"'],
      ['x', 'y'],
    ]),
  )
})
