import { expect, test } from 'vitest'
import { startBehind } from '../../test/harness/behind.ts'
import { check } from '../schema/index.ts'
import { replacePathRegex } from './replace-path-regex.ts'

const cases = [
  { why: 'groups are filled in', regex: '^/u/(.*)', replacement: '/v/$1', asked: '/u/7?a=1', url: '/v/7?a=1', replaced: '/u/7' },
  {
    why: 'named groups are filled in',
    regex: '^/(?P<a>[^/]+)/(?<b>.+)',
    replacement: '/$b/$a',
    asked: '/x/y',
    url: '/y/x',
    replaced: '/x/y',
  },
  { why: 'every match is replaced', regex: 'o', replacement: '0', asked: '/foo/boo', url: '/f00/b00', replaced: '/foo/boo' },
  { why: 'what does not match stays as it is', regex: '^/x', replacement: '/y', asked: '/z', url: '/z' },
  { why: 'a match that changes nothing is shown', regex: '^/x', replacement: '/x', asked: '/x', url: '/x', replaced: '/x' },
  { why: 'the query is not looked at', regex: 'secret', replacement: 'x', asked: '/a?secret', url: '/a?secret' },
  { why: 'the path is matched escaped', regex: '^/a%20b$', replacement: '/c', asked: '/a%20b', url: '/c', replaced: '/a%20b' },
  {
    why: 'blanks around expression and replacement do not count',
    regex: ' ^/a ',
    replacement: ' /b ',
    asked: '/a',
    url: '/b',
    replaced: '/a',
  },
  { why: 'what may not stand in a path is escaped', regex: '^/a', replacement: '/ü?', asked: '/a', url: '/%C3%BC%3F', replaced: '/a' },
  { why: 'escapes that mean nothing are decoded', regex: '^/a', replacement: '/%62%2f', asked: '/a', url: '/b%2F', replaced: '/a' },
  { why: 'a missing slash is added', regex: '^/a/', replacement: '', asked: '/a/b', url: '/b', replaced: '/a/b' },
]

for (const { why, regex, replacement, asked, url, replaced } of cases) {
  test(`replacePathRegex: ${why}`, async () => {
    await using behind = await startBehind({ middlewares: { replace: { replacePathRegex: { regex, replacement } } } })
    expect(await behind.ask(asked)).toMatchObject({ status: 200 })
    expect(behind.seen.map(({ url, incoming }) => [url, incoming.headers['x-replaced-path']])).toEqual([[url, replaced]])
  })
}

const refused = [
  { why: 'a path that climbs', regex: '^/a', replacement: '/x', asked: '/a/..%2F/%41', status: 200 },
  { why: 'dot segments', regex: '^/a/(.*)$', replacement: '/b/../$1', asked: '/a/c', status: 400, text: 'Bad Request\n' },
  { why: 'escaped dot segments', regex: '^/a/(.*)$', replacement: '/b/%2e%2E/$1', asked: '/a/c', status: 400, text: 'Bad Request\n' },
  { why: 'dots of the client', regex: '^/a', replacement: '', asked: '/a../c', status: 400, text: 'Bad Request\n' },
  { why: 'double slashes', regex: '^/a', replacement: '/b/', asked: '/a/c', status: 400, text: 'Bad Request\n' },
  { why: 'half an escape', regex: '^/(..)[^?]*', replacement: '/$1', asked: '/%20a', status: 500, text: 'invalid URL escape "%2"\n' },
]

for (const { why, regex, replacement, asked, status, text = 'app' } of refused) {
  test(`replacePathRegex: ${why}: ${status}`, async () => {
    await using behind = await startBehind({ middlewares: { replace: { replacePathRegex: { regex, replacement } } } })
    expect(await behind.ask(asked)).toMatchObject({ status, text })
    expect(behind.seen).toHaveLength(status === 200 ? 1 : 0)
  })
}

test('replacePathRegex: what is no regular expression is a finding', () => {
  expect(check(replacePathRegex.options, { regex: '(', replacement: '' }).issues).toMatchObject([
    { code: 'GTW_BAD_VALUE', path: ['regex'] },
  ])
  expect(check(replacePathRegex.options, {}).issues).toMatchObject([{ code: 'GTW_MISSING', path: ['regex'] }])
})
