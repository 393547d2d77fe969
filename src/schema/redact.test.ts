import { expect, test } from 'vitest'
import { anything, check, duration, filled, int64, integer, list, map, object, redact, string, toPlain } from './index.ts'

const schema = object('x', {
  token: string('t', { secret: true }),
  users: list(string('u', { secret: true }), 'u'),
  passwords: map(string('p', { secret: true }), 'p'),
  url: string('u'),
  keyFile: string('k'),
  fields: map(string('f'), 'f'),
  elements: map(object('e', { url: string('u') }), 'e'),
  plugin: map(anything('p'), 'p'),
  wait: duration('w', { default: '90s' }),
  waits: list(duration('w'), 'w'),
  priority: int64('p'),
  deep: filled(object('d', { count: integer('c', { default: 1 }), waits: map(duration('w'), 'w') })),
})

const cases: [string, unknown, unknown][] = [
  ['a secret', { token: 'a' }, { token: '***' }],
  ['a secret under another spelling of its key', { TOKEN: 5 }, { TOKEN: '***' }],
  ['a secret of the wrong type', { token: { a: 1 } }, { token: '***' }],
  ['every item of a secret list', { users: ['a:b', 'c:d'] }, { users: ['***', '***'] }],
  ['a secret list in one text', { users: 'a:b,c:d' }, { users: '***' }],
  ['every value of a secret map', { passwords: { a: 'b' } }, { passwords: { a: '***' } }],
  ['a secret map in one text', { passwords: 'a' }, { passwords: '***' }],
  [
    'a header field that is a credential',
    { fields: { Authorization: 'Bearer a', 'X-Api-Key': 'b', 'set-cookie': 'c', 'X-Frame': 'd' } },
    { fields: { Authorization: '***', 'X-Api-Key': '***', 'set-cookie': '***', 'X-Frame': 'd' } },
  ],
  ['no element, whatever it is called', { elements: { 'key-users': { url: 'a' } } }, { elements: { 'key-users': { url: 'a' } } }],
  ['credentials of a URL', { url: 'http://me:pw@host/a@b' }, { url: 'http://***@host/a@b' }],
  ['credentials of every URL in a text', { url: 'a://b@c d://e:f@g' }, { url: 'a://***@c d://***@g' }],
  ['a hash of a password', { url: 'admin:$apr1$x$y' }, { url: 'admin:***' }],
  [
    'what a plugin calls a secret',
    { plugin: { p: { apiKey: 'a', deep: [{ Password: 'b', ok: 'c', url: 'x://u:p@h' }] } } },
    {
      plugin: { p: { apiKey: '***', deep: [{ Password: '***', ok: 'c', url: 'x://***@h' }] } },
    },
  ],
  [
    'what an unknown key calls a secret',
    { secrets: { a: 1 }, other: { authToken: 'b', c: null } },
    { secrets: '***', other: { authToken: '***', c: null } },
  ],
  ['nothing of what the schema knows to be public', { keyFile: '/a/b.pem', wait: 5 }, { keyFile: '/a/b.pem', wait: 5 }],
]
for (const [why, value, expected] of cases) {
  test(`redact hides ${why}`, () => {
    expect(redact(schema, value)).toEqual(expected)
  })
}

test('a checked value is written as a person would write it, and reads back the same', () => {
  const { value } = check(schema, { waits: ['100ms', 2], priority: '9223372036854775807', deep: { waits: { a: '1h' } } })
  const plain = toPlain(schema, value)
  expect(plain).toEqual({
    wait: '1m30s',
    waits: ['100ms', '2s'],
    priority: '9223372036854775807',
    deep: { count: 1, waits: { a: '1h0m0s' } },
  })
  expect(check(schema, plain)).toEqual({ value, issues: [] })
  expect(toPlain(schema, check(schema, { priority: 5 }).value)).toMatchObject({ priority: 5 })
})

test('neither changes what it was given', () => {
  const value = { token: 'a', users: ['b'] }
  redact(schema, value)
  toPlain(schema, value)
  expect(value).toEqual({ token: 'a', users: ['b'] })
})
