import { expect, test } from 'vitest'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { check } from '../schema/index.ts'
import { addPrefix } from './add-prefix.ts'

const cases = [
  { why: 'stands in front of the path', prefix: '/p', path: '/x', seen: '/p/x' },
  { why: 'leaves escapes as they are', prefix: '/p', path: '/x%2Fy', seen: '/p/x%2Fy' },
  { why: 'gets a missing slash', prefix: 'p', path: '/x', seen: '/p/x' },
  { why: 'keeps the slash of the root', prefix: '/p', path: '/', seen: '/p/' },
  { why: 'is escaped', prefix: '/ü b?#%20', path: '/x', seen: '/%C3%BC%20b%3F%23%2520/x' },
]

for (const { why, prefix, path, seen } of cases) {
  test(`addPrefix: the prefix ${why}`, () => {
    const request = new RequestHead('GET', path, new Headers())
    request.query = 'a=1'
    const dispatch = addPrefix.build({ prefix }, middlewareContext())(() => true)
    expect(dispatch(request, ignore)).toBe(true)
    expect(request.target).toBe(`${seen}?a=1`)
    expect(request.headers.raw).toEqual([])
  })
}

test('addPrefix: a prefix is required and not empty', () => {
  expect(check(addPrefix.options, {}).issues).toMatchObject([{ code: 'GTW_MISSING', path: ['prefix'] }])
  expect(check(addPrefix.options, { prefix: '' }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['prefix'] }])
})

const ignore = {
  onRequestStart() {},
  onResponseInfo() {},
  onRequestUpgrade() {},
  onResponseStart() {},
  onResponseData() {},
  onResponseEnd() {},
  onResponseError() {},
}
