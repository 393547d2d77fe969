import { expect, test } from 'vitest'
import { Headers } from '../../http/headers.ts'
import { RequestHead } from '../../http/request.ts'
import { check } from '../../schema/index.ts'
import type { Member } from '../member.ts'
import { stickyOptions } from './options.ts'
import { readCookie } from './read-cookie.ts'
import { cookieAttributes, cookieName } from './set-cookie.ts'
import { Sticky, stickyValue } from './sticky.ts'

const cookieOf = (cookie: unknown) => {
  const { value, issues } = check(stickyOptions, { cookie })
  expect(issues).toEqual([])
  if (value.cookie === undefined) throw new TypeError('no cookie')
  return value.cookie
}

const member = (name: string): Member => ({ name, weight: 1, fenced: false, dispatch: () => true, isUp: () => true })

test('values and generated names are those that clients of Traefik have', () => {
  expect(cookieName('', 'whoami@file')).toBe('_77b1f')
  expect(cookieName('', 'app@docker')).toBe('_a9f6e')
  expect(cookieName('my app=1', 'x@file')).toBe('my_app_1')
  expect(cookieName("a!#$%&'*+-.^_`|~Z9ä(", 'x@file')).toBe("a!#$%&'*+-.^_`|~Z9__")
  expect(['http://10.0.0.1:80', 'http://10.0.0.2:80', 'blue@file'].map(stickyValue)).toEqual([
    'df5bd2f9c0180410',
    'e0c6f0ca44f87f06',
    'cfa049b68592ceff',
  ])
})

const attributes: [string, unknown, string][] = [
  ['defaults', true, '; Path=/'],
  ['no path', { path: '' }, ''],
  [
    'everything in its order',
    { secure: true, httpOnly: true, sameSite: 'Lax', maxAge: 9, path: '/a', domain: '.b.test' },
    '; Path=/a; Domain=b.test; Max-Age=9; HttpOnly; Secure; SameSite=Lax',
  ],
  ['an age below 0 ends the cookie at once', { maxAge: -5 }, '; Path=/; Max-Age=0'],
  ['same site in any case', { sameSite: 'STRICT' }, '; Path=/; SameSite=Strict'],
  ['same site none', { sameSite: 'none' }, '; Path=/; SameSite=None'],
  ['a domain that is none', { domain: 'a b' }, '; Path=/'],
  ['an address', { domain: '127.0.0.1' }, '; Path=/; Domain=127.0.0.1'],
  ['a path that would end the attribute', { path: '/a;b\u0007c' }, '; Path=/abc'],
]

for (const [why, cookie, expected] of attributes) {
  test(`attributes: ${why}`, () => {
    expect(cookieAttributes(cookieOf(cookie))).toBe(expected)
  })
}

test('another value of sameSite is a mistake, and sticky alone means no cookie', () => {
  expect(check(stickyOptions, { cookie: { sameSite: 'loose' } }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE' }])
  expect(check(stickyOptions, true).value).toEqual({})
})

const cookies: [string, string[], string | undefined][] = [
  ['alone', ['Cookie', 'c=1'], '1'],
  ['among others', ['cookie', 'a=b; c=1;d=2'], '1'],
  ['the first of two', ['Cookie', 'c=1; c=2'], '1'],
  ['in a second line', ['Cookie', 'a=b', 'X', 'c=0', 'Cookie', 'c=1'], '1'],
  ['in quotes', ['Cookie', 'c="1"'], '1'],
  ['with blanks around', ['Cookie', 'a=b;  c=1 ; d=2'], '1'],
  ['as the end of another name', ['Cookie', 'xc=1; c =2'], undefined],
  ['inside of a value', ['Cookie', 'x=c=1'], undefined],
  ['without a value', ['Cookie', 'c=; d=1'], ''],
  ['not at all', ['Cookie', 'a=b'], undefined],
  ['without the field', ['X', 'c=1'], undefined],
]

for (const [why, raw, expected] of cookies) {
  test(`a cookie is read: ${why}`, () => {
    expect(readCookie(new Headers(raw), 'c')).toBe(expected)
  })
}

test('old values are understood and known as old', () => {
  const [one, other] = [member('http://10.0.0.1:80'), member('http://10.0.0.2:80')]
  const sticky = new Sticky(cookieOf({ name: 'c' }), 'app@file', [one, other])
  const current = stickyValue(one.name)
  for (const value of [current, one.name, '6773b9eb3f0631af', 'a3882de487ebf0dc']) {
    expect([sticky.memberOf(value), sticky.isOutdated(value)]).toEqual([one, value !== current])
  }
  expect(sticky.memberOf('df5bd2f9c018041')).toBeUndefined()
  expect(sticky.memberOf('constructor')).toBeUndefined()
  expect(sticky.cookieFor(other)).toBe('c=e0c6f0ca44f87f06; Path=/')
  const request = new RequestHead('GET', '/', new Headers(['Cookie', `c=${current}`]))
  expect(sticky.read(request)).toBe(current)
})
