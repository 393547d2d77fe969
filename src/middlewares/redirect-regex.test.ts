import { expect, test } from 'vitest'
import { startBehind } from '../../test/harness/behind.ts'
import { send } from '../../test/harness/dispatched.ts'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import type { Dispatch } from '../dispatch/dispatch.ts'
import { replyEmpty } from '../dispatch/reply.ts'
import { check } from '../schema/index.ts'
import { redirectRegex } from './redirect-regex.ts'

interface Case {
  readonly why: string
  readonly options: object
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly status: number
  readonly location?: string
  readonly text: string
}

const TO_B = { regex: '^http://a\\.test/(.*)', replacement: 'https://b.test/$1' }

const cases: Case[] = [
  { why: 'the query is part of the URL', options: TO_B, path: '/x?y=1', status: 302, location: 'https://b.test/x?y=1', text: 'Found' },
  { why: 'for good', options: { ...TO_B, permanent: true }, status: 301, location: 'https://b.test/', text: 'Moved Permanently' },
  { why: 'a POST stays one', options: TO_B, method: 'POST', status: 307, location: 'https://b.test/', text: 'Temporary Redirect' },
  {
    why: 'a POST stays one for good',
    options: { ...TO_B, permanent: true },
    method: 'POST',
    status: 308,
    location: 'https://b.test/',
    text: 'Permanent Redirect',
  },
  { why: 'a HEAD stays one', options: TO_B, method: 'HEAD', status: 307, location: 'https://b.test/', text: '' },
  { why: 'another host passes', options: TO_B, headers: { host: 'c.test' }, status: 200, text: 'app' },
  { why: 'a port is part of the URL', options: TO_B, headers: { host: 'a.test:8080' }, status: 200, text: 'app' },
  { why: 'the same URL passes', options: { regex: '.*', replacement: 'http://a.test/' }, status: 200, text: 'app' },
  {
    why: 'what a proxy says of the scheme does not count',
    options: TO_B,
    headers: { 'x-forwarded-proto': 'https' },
    status: 302,
    location: 'https://b.test/',
    text: 'Found',
  },
  { why: 'what is no URL is 502', options: { regex: '.*', replacement: 'http://[bad' }, status: 502, text: 'Bad Gateway' },
  {
    why: 'a line end of the client stays escaped',
    options: TO_B,
    path: '/%0d%0aSet-Cookie:%20a=1',
    status: 302,
    location: 'https://b.test/%0D%0ASet-Cookie:%20a=1',
    text: 'Found',
  },
  {
    why: 'what may not stand in a URL is escaped',
    options: { regex: '/x', replacement: '/ü "y"' },
    path: '/x',
    status: 302,
    location: 'http://a.test/%C3%BC%20%22y%22',
    text: 'Found',
  },
  {
    why: 'a path never becomes a host',
    options: { regex: '^http://a.test/(.*)', replacement: '/$1' },
    path: '//evil.test/x',
    status: 302,
    location: '/evil.test/x',
    text: 'Found',
  },
  {
    why: 'nor with a backslash',
    options: { regex: '^http://a.test/(.*)', replacement: '/$1' },
    path: '/\\evil.test/x',
    status: 302,
    location: '/evil.test/x',
    text: 'Found',
  },
  {
    why: 'a host without a scheme may be configured',
    options: { regex: '^http://a.test/(.*)', replacement: '//b.test/$1' },
    path: '/x',
    status: 302,
    location: '//b.test/x',
    text: 'Found',
  },
]

for (const { why, options, method = 'GET', path = '/', headers = {}, status, location, text } of cases) {
  test(`redirectRegex: ${why}`, async () => {
    await using behind = await startBehind({
      middlewares: { redirect: { redirectRegex: options } },
      // As it comes from a client with no manners.
      entryPoint: { http: { sanitizePath: false }, forwardedHeaders: { insecure: true } },
    })
    const response = await behind.ask(path, { method, headers: { host: 'a.test', ...headers } })
    expect({ status: response.status, location: response.headers.location, text: response.text }).toEqual({ status, location, text })
    expect(response.headers['content-type']).toBe(undefined)
    expect(behind.seen).toHaveLength(status === 200 ? 1 : 0)
  })
}

test('redirectRegex: over TLS the URL begins with https', () => {
  const { value } = check(redirectRegex.options, { regex: '^https://(.*)', replacement: 'http://$1' })
  const dispatch = redirectRegex.build(value, middlewareContext())((_request, handler) => replyEmpty(handler, 204))
  const overTls: Dispatch = (request, handler) => {
    request.scheme = 'https'
    return dispatch(request, handler)
  }
  expect(send(dispatch).status).toBe(204)
  expect(send(overTls, { path: '/x' })).toMatchObject({ status: 302, headers: { raw: ['Location', 'http://app.test/x'] } })
})

test('redirectRegex: what is no regular expression is a finding', () => {
  expect(check(redirectRegex.options, { regex: '(', replacement: '' }).issues).toMatchObject([{ code: 'GTW_BAD_VALUE', path: ['regex'] }])
})
