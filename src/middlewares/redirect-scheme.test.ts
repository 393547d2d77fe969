import { expect, test } from 'vitest'
import { startBehind, TRUSTING } from '../../test/harness/behind.ts'
import { Dispatched } from '../../test/harness/dispatched.ts'
import { rawExchange } from '../../test/harness/http-client.ts'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { check } from '../schema/index.ts'
import { redirectScheme } from './redirect-scheme.ts'

interface Case {
  readonly why: string
  readonly options?: object
  readonly method?: string
  readonly host?: string
  readonly path?: string
  readonly proto?: string
  readonly status: number
  readonly location?: string
}

const cases: Case[] = [
  { why: 'the port of the request is dropped', host: 'a.test:8080', path: '/x?y', status: 302, location: 'https://a.test/x?y' },
  { why: 'for good', options: { permanent: true }, status: 301, location: 'https://a.test/' },
  { why: 'a POST stays one for good', options: { permanent: true }, method: 'POST', status: 308, location: 'https://a.test/' },
  { why: 'a POST stays one', method: 'POST', status: 307, location: 'https://a.test/' },
  { why: 'a HEAD stays one', method: 'HEAD', status: 307, location: 'https://a.test/' },
  { why: 'to another port', options: { port: '8443' }, status: 302, location: 'https://a.test:8443/' },
  { why: 'to a port that is written as a number', options: { port: 8443 }, status: 302, location: 'https://a.test:8443/' },
  { why: 'the default port is left out', options: { port: '443' }, status: 302, location: 'https://a.test/' },
  { why: 'an IPv6 address keeps its brackets', host: '[::1]:8080', status: 302, location: 'https://[::1]/' },
  { why: 'the scheme is known in any case', options: { scheme: 'HTTPS' }, proto: 'https', status: 200 },
  { why: 'https in front passes', proto: 'https', status: 200 },
  { why: 'https in front passes in any case', proto: 'HTTPS', status: 200 },
  { why: 'a WebSocket through TLS passes', proto: 'wss', status: 200 },
  { why: 'a WebSocket in clear text is redirected', proto: 'ws', status: 302, location: 'https://a.test/' },
  { why: 'what is no scheme does not count', proto: 'bar', status: 302, location: 'https://a.test/' },
  { why: 'the port alone is a reason', options: { port: '8443' }, proto: 'https', status: 302, location: 'https://a.test:8443/' },
  { why: 'the right port passes', options: { port: '8443' }, host: 'a.test:8443', proto: 'https', status: 200 },
  { why: 'the default port passes', host: 'a.test:443', proto: 'https', status: 200 },
  { why: 'another port than the default one is redirected', host: 'a.test:8000', proto: 'https', status: 302, location: 'https://a.test/' },
  { why: 'to http', options: { scheme: 'http' }, proto: 'https', status: 302, location: 'http://a.test/' },
  { why: 'to http on its default port', options: { scheme: 'http', port: '80' }, proto: 'http', status: 200 },
]

const TEXTS: Readonly<Record<number, string>> = {
  200: 'app',
  301: 'Moved Permanently',
  302: 'Found',
  307: 'Temporary Redirect',
  308: 'Permanent Redirect',
}

for (const { why, options = {}, method = 'GET', host = 'a.test', path = '/', proto, status, location } of cases) {
  test(`redirectScheme: ${why}`, async () => {
    await using behind = await startBehind({
      middlewares: { redirect: { redirectScheme: { scheme: 'https', ...options } } },
      entryPoint: TRUSTING,
    })
    const headers = { host, ...(proto === undefined ? {} : { 'x-forwarded-proto': proto }) }
    const response = await behind.ask(path, { method, headers })
    const text = method === 'HEAD' ? '' : TEXTS[status]
    expect({ status: response.status, location: response.headers.location, text: response.text }).toEqual({ status, location, text })
  })
}

test('redirectScheme: what a client says that nobody trusts does not count', async () => {
  await using behind = await startBehind({ middlewares: { redirect: { redirectScheme: { scheme: 'https' } } } })
  expect(await behind.ask('/', { headers: { 'x-forwarded-proto': 'https' } })).toMatchObject({ status: 302 })
})

test('redirectScheme: a client that names no host cannot be told where to go', async () => {
  await using behind = await startBehind({ middlewares: { redirect: { redirectScheme: { scheme: 'https' } } } })
  expect((await rawExchange(behind.port, 'GET / HTTP/1.0\r\n\r\n')).toString()).toMatch(/^HTTP\/1.1 400 /)
})

test('redirectScheme: a connection with TLS is https where no one says otherwise', () => {
  const { value } = check(redirectScheme.options, { scheme: 'https' })
  const dispatch = redirectScheme.build(value, middlewareContext())(() => true)
  const ask = (host: string, fields: readonly string[]) => {
    const request = new RequestHead('GET', '/', new Headers([...fields]))
    request.scheme = 'https'
    request.host = host
    const response = new Dispatched(request)
    dispatch(request, response)
    return response.headers.get('location')
  }
  expect(ask('a.test', [])).toBe(undefined)
  expect(ask('a.test:8000', [])).toBe('https://a.test/')
  expect(ask('a.test', ['X-Forwarded-Proto', 'http'])).toBe('https://a.test/')
})

for (const [options, path] of [
  [{}, ['scheme']],
  [{ scheme: 'a b' }, ['scheme']],
  [{ scheme: 'https', port: 'x' }, ['port']],
  [{ scheme: 'https', port: '65536' }, ['port']],
] as const) {
  test(`redirectScheme: ${JSON.stringify(options)} is a finding`, () => {
    expect(check(redirectScheme.options, options).issues).toMatchObject([{ path }])
  })
}
