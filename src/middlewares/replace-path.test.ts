import { expect, test } from 'vitest'
import { startBehind } from '../../test/harness/behind.ts'
import { check } from '../schema/index.ts'
import { replacePath } from './replace-path.ts'

const cases = [
  { why: 'the query stays', path: '/n', asked: '/o?q=1', url: '/n?q=1', replaced: '/o' },
  { why: 'the original is shown as it was escaped', path: '/n', asked: '/a%20b%2Fc', url: '/n', replaced: '/a%20b%2Fc' },
  { why: 'escapes of the option stay', path: '/a%2Fb%20c', asked: '/', url: '/a%2Fb%20c', replaced: '/' },
  { why: 'what may not stand in a path is escaped', path: '/ü b?c#d', asked: '/?q', url: '/%C3%BC%20b%3Fc%23d?q', replaced: '/' },
  { why: 'a missing slash is added', path: 'n', asked: '/o', url: '/n', replaced: '/o' },
  { why: 'an empty path is the root', path: '', asked: '/o', url: '/', replaced: '/o' },
]

for (const { why, path, asked, url, replaced } of cases) {
  test(`replacePath: ${why}`, async () => {
    await using behind = await startBehind({ middlewares: { replace: { replacePath: { path } } } })
    expect(await behind.ask(asked)).toMatchObject({ status: 200 })
    expect(behind.seen.map(({ url, incoming }) => [url, incoming.headers['x-replaced-path']])).toEqual([[url, replaced]])
  })
}

test('replacePath: a path is required, and its escapes are escapes', () => {
  expect(check(replacePath.options, {}).issues).toMatchObject([{ code: 'GTW_MISSING', path: ['path'] }])
  for (const path of ['/%zz', '/%2', '/%']) {
    expect(check(replacePath.options, { path }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['path'] }])
  }
})
