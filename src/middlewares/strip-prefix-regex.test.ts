import { expect, test } from 'vitest'
import { startBehind } from '../../test/harness/behind.ts'
import { check } from '../schema/index.ts'
import { stripPrefixRegex } from './strip-prefix-regex.ts'

const cases = [
  { why: 'what matches at the start is cut', regex: ['/[0-9]+'], path: '/12/x?a=1', url: '/x?a=1', prefix: '/12' },
  { why: 'what matches behind the start stays', regex: ['/[0-9]+'], path: '/x/12', url: '/x/12' },
  { why: 'an empty match is none', regex: ['^x?'], path: '/x', url: '/x' },
  { why: 'the first that matches wins', regex: ['/b', '/a', '/a/b'], path: '/a/b', url: '/b', prefix: '/a' },
  { why: 'the whole path leaves a slash', regex: ['/a.*'], path: '/a/b', url: '/', prefix: '/a/b' },
  { why: 'a missing slash comes back', regex: ['/a'], path: '/abc', url: '/bc', prefix: '/a' },
  { why: 'blanks around an expression do not count', regex: [' /a '], path: '/a/b', url: '/b', prefix: '/a' },
  { why: 'the path is matched unescaped', regex: ['/a b/[é]'], path: '/a%20b/%C3%A9%2Fx', url: '/%2Fx', prefix: '/a b/Ã©' },
  { why: 'a line end in the path does not end the field', regex: ['/[^/]+'], path: '/a%0D%0Ab:c/x', url: '/x', prefix: '/a%0D%0Ab:c' },
  { why: 'without expressions nothing happens', regex: [], path: '/a', url: '/a' },
]

for (const { why, regex, path, url, prefix } of cases) {
  test(`stripPrefixRegex: ${why}`, async () => {
    await using behind = await startBehind({ middlewares: { strip: { stripPrefixRegex: { regex } } } })
    expect(await behind.ask(path)).toMatchObject({ status: 200 })
    expect(behind.seen.map(({ url, incoming }) => ({ url, prefix: incoming.headers['x-forwarded-prefix'] }))).toEqual([{ url, prefix }])
  })
}

test('stripPrefixRegex: a path that is not clean afterwards is refused', async () => {
  await using behind = await startBehind({ middlewares: { strip: { stripPrefixRegex: { regex: ['/api'] } } } })
  for (const path of ['/api../x', '/api./x', '/api..']) {
    expect(await behind.ask(path)).toMatchObject({ status: 400, text: 'Bad Request\n' })
  }
  expect(behind.seen).toEqual([])
})

test('stripPrefixRegex: what is no regular expression is a finding', () => {
  expect(check(stripPrefixRegex.options, { regex: ['a', '(?=b)'] }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['regex', 1] }])
})
