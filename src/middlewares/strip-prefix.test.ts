import { expect, test } from 'vitest'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import type { DispatchHandler } from '../dispatch/dispatch.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { stripPrefix } from './strip-prefix.ts'

/** Runs one request; the target is undefined where it never reached the next dispatch. */
function run(prefixes: readonly string[], path: string) {
  const headers = new Headers(['X-Forwarded-Prefix', '/before'])
  const request = new RequestHead('GET', path, headers)
  request.query = 'a=1'
  let target: string | undefined
  let status: number | undefined
  let content = ''
  const handler: DispatchHandler = {
    onRequestStart() {},
    onResponseInfo() {},
    onRequestUpgrade() {},
    onResponseStart: (_, statusCode) => {
      status = statusCode
    },
    onResponseData: (_, chunk) => {
      content += chunk.toString()
    },
    onResponseEnd() {},
    onResponseError() {},
  }
  const dispatch = stripPrefix.build(
    { prefixes },
    middlewareContext(),
  )((next) => {
    target = next.target
    return true
  })
  dispatch(request, handler)
  return { target, status, content, prefixes: headers.values('x-forwarded-prefix').slice(1) }
}

const stripped = [
  { why: 'a prefix is cut', prefixes: ['/api'], path: '/api/v', seen: '/v', header: '/api' },
  { why: 'the whole path leaves a slash', prefixes: ['/api'], path: '/api', seen: '/', header: '/api' },
  { why: 'a prefix need not end with a segment', prefixes: ['/stat'], path: '/status', seen: '/us', header: '/stat' },
  { why: 'the first that matches wins', prefixes: ['/a', '/a/b'], path: '/a/b', seen: '/b', header: '/a' },
  { why: 'those that do not match are passed over', prefixes: ['/x', '/a'], path: '/a/b', seen: '/b', header: '/a' },
  { why: 'blanks around a prefix do not count', prefixes: [' /a '], path: '/a/b', seen: '/b', header: '/a' },
  { why: 'a slash at the end of the prefix comes back', prefixes: ['/a/'], path: '/a/b', seen: '/b', header: '/a/' },
  { why: 'escapes behind the prefix stay', prefixes: ['/a'], path: '/a/x%2Fy', seen: '/x%2Fy', header: '/a' },
  { why: 'a prefix matches its escaped form', prefixes: ['/a b'], path: '/a%20b/c', seen: '/c', header: '/a b' },
  {
    why: 'a prefix beyond ASCII matches its octets',
    prefixes: ['/ü'],
    path: '/%C3%BC/c',
    seen: '/c',
    header: Buffer.from('/ü').toString('latin1'),
  },
  { why: 'an escaped slash is a slash', prefixes: ['/a/b'], path: '/a%2Fb/c', seen: '/c', header: '/a/b' },
]

for (const { why, prefixes, path, seen, header } of stripped) {
  test(`stripPrefix: ${why}`, () => {
    expect(run(prefixes, path)).toEqual({ target: `${seen}?a=1`, status: undefined, content: '', prefixes: [header] })
  })
}

const untouched = [
  { why: 'a prefix that does not match', prefixes: ['/api/'], path: '/api' },
  { why: 'a prefix in another case', prefixes: ['/API'], path: '/api/v' },
  { why: 'no prefix', prefixes: [], path: '/api' },
  { why: 'a prefix written with an escape', prefixes: ['/a%20b'], path: '/a%20b/c' },
  { why: 'a prefix that is longer than the path', prefixes: ['/a b c'], path: '/a%20b' },
]

for (const { why, prefixes, path } of untouched) {
  test(`stripPrefix: ${why} leaves the request alone`, () => {
    expect(run(prefixes, path)).toEqual({ target: `${path}?a=1`, status: undefined, content: '', prefixes: [] })
  })
}

for (const path of ['/a../x', '/a./x', '/a..', '/a.', '/a/../x', '/a//x', '/a/x/..']) {
  test(`stripPrefix: ${path} without /a is not clean and is refused`, () => {
    expect(run(['/a'], path)).toEqual({ target: undefined, status: 400, content: 'Bad Request\n', prefixes: [] })
  })
}
