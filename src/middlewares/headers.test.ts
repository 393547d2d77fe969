import { expect, test } from 'vitest'
import { type Behind, fieldsOf, startBehind } from '../../test/harness/behind.ts'
import { Dispatched } from '../../test/harness/dispatched.ts'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import { Headers } from '../http/headers.ts'
import { RequestHead } from '../http/request.ts'
import { check } from '../schema/index.ts'
import { headers } from './headers.ts'

const startWith = (options: object, more: Partial<Parameters<typeof startBehind>[0]> = {}): Promise<Behind> =>
  startBehind({ middlewares: { fields: { headers: options } }, ...more })

interface RequestCase {
  readonly why: string
  readonly fields: Readonly<Record<string, string>>
  readonly sent?: Readonly<Record<string, string>>
  readonly received: Readonly<Record<string, unknown>>
}

const requestCases: RequestCase[] = [
  { why: 'a new one is set', fields: { 'X-New': 'a' }, received: { 'x-new': 'a' } },
  { why: 'one that is there is replaced', fields: { 'x-old': 'b' }, sent: { 'X-Old': 'a' }, received: { 'x-old': 'b' } },
  { why: 'an empty value removes one', fields: { 'X-Old': '' }, sent: { 'x-old': 'a' }, received: { 'x-old': undefined } },
  { why: 'Host is the host', fields: { hOST: 'b.test:1' }, received: { host: 'b.test:1', 'x-forwarded-host': 'a.test' } },
  { why: 'Host cannot be removed', fields: { Host: '' }, received: { host: 'a.test' } },
  { why: 'an empty X-Forwarded-For hides the client', fields: { 'X-Forwarded-For': '' }, received: { 'x-forwarded-for': undefined } },
  { why: 'in another spelling it only hides what came', fields: { 'x-forwarded-for': '' }, received: { 'x-forwarded-for': '127.0.0.1' } },
  { why: 'X-Forwarded-For is extended', fields: { 'X-Forwarded-For': '1.1.1.1' }, received: { 'x-forwarded-for': '1.1.1.1, 127.0.0.1' } },
  { why: 'framing is not touched', fields: { 'Content-Length': '3', 'Transfer-Encoding': 'x' }, received: { 'content-length': undefined } },
  { why: 'beyond ASCII they are UTF-8', fields: { 'X-New': 'ü€' }, received: { 'x-new': Buffer.from('ü€').toString('latin1') } },
]

for (const { why, fields, sent = {}, received } of requestCases) {
  test(`request fields: ${why}`, async () => {
    await using behind = await startWith({ customRequestHeaders: fields })
    expect((await behind.ask('/', { headers: { host: 'a.test', ...sent } })).status).toBe(200)
    const seen = behind.seen[0]?.incoming.headers ?? {}
    expect(Object.fromEntries(Object.keys(received).map((name) => [name, seen[name]]))).toEqual(received)
  })
}

test('request fields: an upgrade can be taken away', async () => {
  for (const name of ['Upgrade', 'Connection']) {
    await using behind = await startWith({ customRequestHeaders: { [name]: '' } })
    const response = await behind.ask('/', { headers: { Connection: 'Upgrade', Upgrade: 'echo' } })
    expect([response.status, behind.seen[0]?.incoming.headers.upgrade]).toEqual([200, undefined])
  }
})

test('request fields: an expectation can be taken away, and so can trailers', async () => {
  await using behind = await startWith({ customRequestHeaders: { Expect: '', TE: '' } })
  const headers = { Expect: '100-continue', TE: 'trailers', Connection: 'TE', 'Content-Length': '2' }
  expect((await behind.ask('/', { method: 'POST', headers, body: 'ab' })).status).toBe(200)
  expect(behind.seen[0]).toMatchObject({ content: 'ab', incoming: { headers: { host: expect.anything() } } })
  expect(Object.keys(behind.seen[0]?.incoming.headers ?? {}).filter((name) => name === 'te' || name === 'expect')).toEqual([])
})

const hosts: { why: string; options: object; host: string; sent?: Record<string, string>; status: number }[] = [
  { why: 'a host of the list is served', options: { allowedHosts: ['A.test'] }, host: 'a.TEST', status: 200 },
  { why: 'another one is not', options: { allowedHosts: ['a.test'] }, host: 'b.test', status: 500 },
  { why: 'a port belongs to the host', options: { allowedHosts: ['a.test'] }, host: 'a.test:80', status: 500 },
  {
    why: 'a field of a proxy counts instead',
    options: { allowedHosts: ['a.test'], hostsProxyHeaders: ['X-None', 'X-Real-Host'] },
    host: 'b.test',
    sent: { 'x-real-host': 'a.test' },
    status: 200,
  },
  {
    why: 'the first field that is there counts',
    options: { allowedHosts: ['a.test'], hostsProxyHeaders: ['X-One', 'X-Two'] },
    host: 'a.test',
    sent: { 'x-one': 'b.test', 'x-two': 'a.test' },
    status: 500,
  },
  { why: 'while developing all are served', options: { allowedHosts: ['a.test'], isDevelopment: true }, host: 'b.test', status: 200 },
  {
    why: 'the host is the one that the middleware sets',
    options: { allowedHosts: ['a.test'], customRequestHeaders: { Host: 'a.test' } },
    host: 'b.test',
    status: 200,
  },
]

for (const { why, options, host, sent = {}, status } of hosts) {
  test(`allowed hosts: ${why}`, async () => {
    await using behind = await startWith({ ...options, frameDeny: true, customResponseHeaders: { 'X-New': 'a' } })
    const response = await behind.ask('/', { headers: { host, ...sent } })
    expect([response.status, response.text]).toEqual(status === 200 ? [200, 'app'] : [500, 'Bad Host\n'])
    expect(response.headers).toMatchObject({ 'x-new': 'a' })
    expect(behind.seen).toHaveLength(status === 200 ? 1 : 0)
  })
}

test('what the gateway answers itself is decorated too', async () => {
  await using behind = await startWith(
    {
      customResponseHeaders: { 'X-New': 'a', 'Content-Type': 'text/html' },
      frameDeny: true,
      accessControlAllowOriginList: ['https://a.test'],
    },
    {
      services: { none: { loadBalancer: {} }, refused: { loadBalancer: { servers: [{ url: 'http://127.0.0.1:1' }] } } },
      router: { service: 'none' },
    },
  )
  const response = await behind.ask('/', { headers: { Origin: 'https://a.test' } })
  expect([response.status, response.text]).toEqual([503, 'no available server\n'])
  expect(fieldsOf(response)).toEqual({
    'content-type': 'text/html',
    'x-content-type-options': 'nosniff',
    'x-new': 'a',
    'x-frame-options': 'DENY',
    'access-control-allow-origin': 'https://a.test',
  })
})

test('an error of the server is decorated too, whatever the method', async () => {
  const refused = { services: { refused: { loadBalancer: { servers: [{ url: 'http://127.0.0.1:1' }] } } }, router: { service: 'refused' } }
  await using behind = await startWith({ frameDeny: true }, refused)
  for (const method of ['GET', 'HEAD', 'POST']) {
    expect(await behind.ask('/', { method })).toMatchObject({ status: 502, headers: { 'x-frame-options': 'DENY' } })
  }
})

test('a request that only changes on its way in leaves the response alone', () => {
  const { value } = check(headers.options, { customRequestHeaders: { A: 'b' } })
  const request = new RequestHead('GET', '/', new Headers())
  const response = new Dispatched(request)
  let heard: unknown
  headers.build(
    value,
    middlewareContext(),
  )((_, handler) => {
    heard = handler
    return true
  })(request, response)
  expect(heard).toBe(response)
})

const old = ['featurePolicy', 'sslRedirect', 'sslTemporaryRedirect', 'sslHost', 'sslForceHost']
test('old options are findings and change nothing', () => {
  const { value, issues } = check(
    headers.options,
    Object.fromEntries(old.map((name) => [name, name.endsWith('y') || name === 'sslHost' ? 'x' : true])),
  )
  expect(issues.map(({ code, severity, path }) => [code, severity, path])).toEqual(old.map((name) => ['GTW_DEPRECATED', 'warning', [name]]))
  expect(() => headers.build(value, middlewareContext())).not.toThrow()
})

const wrong: [why: string, options: object, message: string | RegExp][] = [
  ['nothing at all', {}, 'headers configuration not valid'],
  ['nothing but defaults', { addVaryHeader: false, allowedHosts: [] }, 'headers configuration not valid'],
  ['a name that is none', { customRequestHeaders: { 'a b': 'c' } }, '"a b" is not the name of a header field'],
  ['a name of a response that is none', { customResponseHeaders: { 'a:': 'c' } }, '"a:" is not the name of a header field'],
]
for (const [why, options, message] of wrong) {
  test(`headers: ${why} does not build`, () => {
    const { value, issues } = check(headers.options, options)
    expect(issues).toEqual([])
    expect(() => headers.build(value, middlewareContext())).toThrow(message)
  })
}

test('headers: a value with a line end and what is no expression are findings', () => {
  const { issues } = check(headers.options, { customResponseHeaders: { A: 'b\r\nC: d' }, accessControlAllowOriginListRegex: ['('] })
  expect(issues).toMatchObject([
    { code: 'GTW_BAD_VALUE', path: ['customResponseHeaders', 'A'] },
    { code: 'GTW_BAD_VALUE', path: ['accessControlAllowOriginListRegex', 0] },
  ])
})
