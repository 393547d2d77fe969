import { hash } from 'node:crypto'
import { hashSync } from '@node-rs/bcrypt'
import md5Crypt from 'apache-md5'
import { describe, expect, test } from 'vitest'
import { send } from '../../test/harness/dispatched.ts'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import { ScriptedNext } from '../../test/harness/scripted-next.ts'
import { GatewayError } from '../errors.ts'
import { check } from '../schema/index.ts'
import { CheckQueue } from './basic-auth/check-queue.ts'
import { readPasswordHash } from './basic-auth/password-hash.ts'
import { readBasic } from './basic-auth/read-basic.ts'
import { basicAuth } from './basic-auth.ts'

const bcrypt = (password: string): string => hashSync(password, 4)
const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`

function guarded(options: object) {
  const { value, issues } = check(basicAuth.options, options)
  expect(issues).toEqual([])
  const next = new ScriptedNext(Array.from({ length: 100 }, () => ({ status: 200 })))
  const dispatch = basicAuth.build(value, middlewareContext())(next.dispatch)
  const ask = (...fields: string[]) => send(dispatch, { fields }).untilOver()
  return { next, dispatch, ask, login: (name: string, password: string) => ask('Authorization', basic(name, password)) }
}

const users = [`carol:${bcrypt('secret')}`, 'dora:$apr1$H6uskkkW$IgXLP6ewTrSuBkTrqE8wj/', `emil:{SHA}${hash('sha1', 'pass', 'base64')}`]

const logins = [
  { why: 'bcrypt', name: 'carol', password: 'secret', status: 200 },
  { why: 'bcrypt, wrong', name: 'carol', password: 'Secret', status: 401 },
  { why: 'MD5', name: 'dora', password: 'test', status: 200 },
  { why: 'SHA-1', name: 'emil', password: 'pass', status: 200 },
  { why: 'SHA-1, wrong', name: 'emil', password: '', status: 401 },
  { why: 'a user that does not exist', name: 'nobody', password: 'secret', status: 401 },
  { why: 'another case of a name', name: 'Carol', password: 'secret', status: 401 },
]

for (const { why, name, password, status } of logins) {
  test(`basicAuth: ${why} is ${status}`, async () => {
    const { login, next } = guarded({ users })
    // The second time the outcome of the first may be known.
    expect([(await login(name, password)).status, (await login(name, password)).status]).toEqual([status, status])
    expect(next.calls.length).toBe(status === 200 ? 2 : 0)
  })
}

const PASSWORD = 'Grün :ß'

const hashes = [
  { why: 'bcrypt 2a', text: `$2a${bcrypt(PASSWORD).slice(3)}`, matches: true },
  { why: 'bcrypt 2b', text: `$2b${bcrypt(PASSWORD).slice(3)}`, matches: true },
  { why: 'bcrypt 2x', text: `$2x${bcrypt(PASSWORD).slice(3)}`, matches: true },
  { why: 'bcrypt 2y', text: `$2y${bcrypt(PASSWORD).slice(3)}`, matches: true },
  { why: 'MD5 of Apache', text: md5Crypt(Buffer.from(PASSWORD).toString('latin1'), '$apr1$saltsalt$'), matches: true },
  { why: 'MD5 of crypt', text: md5Crypt(Buffer.from(PASSWORD).toString('latin1'), '$1$saltsalt$'), matches: true },
  { why: 'SHA-1', text: `{SHA}${hash('sha1', PASSWORD, 'base64')}`, matches: true },
  { why: 'a plain text', text: PASSWORD, matches: false },
  { why: 'an unknown scheme', text: `$5$saltsalt$${'a'.repeat(43)}`, matches: false },
  { why: 'a bcrypt hash that is cut', text: bcrypt(PASSWORD).slice(0, -1), matches: false },
]

for (const { why, text, matches } of hashes) {
  test(`a password ${matches ? 'matches' : 'never matches'} ${why}`, async () => {
    const read = readPasswordHash(text)
    expect(await read.matches(PASSWORD)).toBe(matches)
    expect(await read.matches(`${PASSWORD}x`)).toBe(false)
  })
}

test('a hash that htpasswd has made is matched', async () => {
  expect(await readPasswordHash('$apr1$r31.....$HqJZimcKQFAMYayBlzkrA/').matches('myPassword')).toBe(true)
})

test('of a password beyond 72 octets bcrypt sees the beginning, and beyond 255 characters nothing is looked at', async () => {
  const long = 'p'.repeat(80)
  expect(await readPasswordHash(bcrypt(long)).matches(long)).toBe(true)
  const longer = 'p'.repeat(256)
  expect(await readPasswordHash(`{SHA}${hash('sha1', longer, 'base64')}`).matches(longer)).toBe(false)
})

test('basicAuth: whoever says nothing of use is asked', async () => {
  const { ask, next } = guarded({ users, realm: 'my "realm"' })
  for (const field of [undefined, 'Bearer abc', 'Basic', 'Basic !!!!', `Basic ${Buffer.from('no colon').toString('base64')}`]) {
    const { status, text, headers } = await (field === undefined ? ask() : ask('Authorization', field))
    expect([status, text, headers.get('www-authenticate')]).toEqual([401, '401 Unauthorized\n', 'Basic realm="my \\"realm\\""'])
    expect(headers.get('content-type')).toBe('text/plain')
  }
  expect(next.calls).toEqual([])
})

test('the scheme is read in any case, and the password may hold colons', () => {
  expect(readBasic(`bASIC ${Buffer.from('a:b:c').toString('base64')}`)).toEqual({ name: 'a', password: 'b:c' })
})

test('basicAuth: two Authorization fields are refused', async () => {
  const { ask, next } = guarded({ users })
  const { status } = await ask('Authorization', basic('emil', 'pass'), 'authorization', basic('carol', 'secret'))
  expect([status, next.calls.length]).toEqual([400, 0])
})

test('basicAuth: the server learns the name from a field that no client can forge, and the password as configured', async () => {
  const forged = ['X-User', 'root', 'x_user', 'root', 'Authorization', basic('emil', 'pass')]
  const { ask, next } = guarded({ users, headerField: 'X-User', removeHeader: true })
  await ask(...forged)
  expect(next.last.request.headers.raw).toEqual(['X-User', 'emil'])
  const plain = guarded({ users })
  await plain.ask(...forged)
  expect(plain.next.last.request.headers.raw).toEqual(forged)
})

test('basicAuth: a file brings further users, and those of the list win', async () => {
  const file = `# users\n\n  frida:{SHA}${hash('sha1', 'file', 'base64')}  \nemil:{SHA}${hash('sha1', 'file', 'base64')}\n`
  const options = basicAuth.prepare?.(check(basicAuth.options, { users, usersFile: '/users' }).value, {
    read: (path) => (path === '/users' ? file : ''),
    readOrTake: (text) => text,
  })
  const { login } = guarded(options as object)
  expect([(await login('frida', 'file')).status, (await login('emil', 'pass')).status, (await login('emil', 'file')).status]).toEqual([
    200, 200, 401,
  ])
})

test('basicAuth: without users, or with one that is none, it cannot be built, and no password is repeated', () => {
  expect(() => guarded({})).toThrow('no users found in subject@test')
  for (const user of ['name', 'name:', 'name:pass:word'])
    expect(() => guarded({ users: [user] })).toThrow(/^error parsing BasicUser: .*name:hash$/)
})

describe('while a password is checked', () => {
  test('a client that goes away gets no answer, and the request is not sent', async () => {
    const { dispatch, next, login } = guarded({ users })
    const response = send(dispatch, { fields: ['Authorization', basic('carol', 'secret')] })
    response.controller?.abort(new GatewayError('GTW_CLIENT_GONE'))
    expect((await login('carol', 'secret')).status).toBe(200)
    expect([response.outcome, next.calls.length]).toEqual(['GTW_CLIENT_GONE', 1])
  })

  test('the same credentials are checked once for all who wait', async () => {
    const { login, next } = guarded({ users })
    const answers = await Promise.all(Array.from({ length: 50 }, () => login('carol', 'secret')))
    expect([new Set(answers.map(({ status }) => status)), next.calls.length]).toEqual([new Set([200]), 50])
  })

  test('too many different ones are sent away for a while', async () => {
    const { login } = guarded({ users })
    const answers = await Promise.all(Array.from({ length: 120 }, (_, index) => login('carol', `guess ${index}`)))
    const busy = answers.filter(({ status }) => status === 503)
    expect([busy.length, busy[0]?.headers.get('retry-after')]).toEqual([19, '1'])
  })
})

test('checks run one at a time, in order, and one that fails does not stop the others', async () => {
  const queue = new CheckQueue()
  const events: string[] = []
  const gates = Array.from({ length: 4 }, () => Promise.withResolvers<boolean>())
  const done = gates.map(
    ({ promise }, index) =>
      new Promise<void>((resolve) => {
        const run = (): Promise<boolean> => {
          events.push(`run ${index}`)
          return promise
        }
        queue.add({
          run,
          done: (outcome) => {
            events.push(`${index} ${outcome instanceof Error ? outcome.message : outcome}`)
            resolve()
          },
        })
      }),
  )
  expect(events).toEqual(['run 0'])
  gates[0]?.resolve(true)
  await done[0]
  gates[1]?.reject(new Error('broken'))
  await done[1]
  gates[2]?.resolve(false)
  gates[3]?.resolve(true)
  await Promise.all(done)
  expect(events).toEqual(['run 0', 'run 1', '0 true', 'run 2', '1 broken', 'run 3', '2 false', '3 true'])
})
