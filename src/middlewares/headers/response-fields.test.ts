import { expect, test } from 'vitest'
import { type Behind, fieldsOf, startBehind, TRUSTING } from '../../../test/harness/behind.ts'
import { Dispatched } from '../../../test/harness/dispatched.ts'
import { middlewareContext } from '../../../test/harness/middleware-context.ts'
import { Headers } from '../../http/headers.ts'
import { RequestHead } from '../../http/request.ts'
import { check } from '../../schema/index.ts'
import { headers } from '../headers.ts'

const startWith = (options: object, more: Partial<Parameters<typeof startBehind>[0]> = {}): Promise<Behind> =>
  startBehind({ middlewares: { fields: { headers: options } }, ...more })

const answer: NonNullable<Parameters<typeof startBehind>[0]['answer']> = (_seen, response) => {
  response.setHeader('Server', 'origin')
  response.setHeader('Set-Cookie', ['a=1', 'b=2'])
  response.setHeader('X-Frame-Options', 'SAMEORIGIN')
  response.setHeader('Access-Control-Allow-Origin', 'https://origin.test')
  response.end('app')
}
const OWN = {
  server: 'origin',
  'set-cookie': ['a=1', 'b=2'],
  'x-frame-options': 'SAMEORIGIN',
  'access-control-allow-origin': 'https://origin.test',
}

const responseCases: { why: string; options: object; changes: object; request?: object; entryPoint?: object }[] = [
  { why: 'a new one is set', options: { customResponseHeaders: { 'X-New': 'a' } }, changes: { 'x-new': 'a' } },
  { why: 'an empty value removes one', options: { customResponseHeaders: { server: '' } }, changes: { server: undefined } },
  { why: 'every line of one is replaced', options: { customResponseHeaders: { 'set-cookie': 'c=3' } }, changes: { 'set-cookie': ['c=3'] } },
  { why: 'frameDeny replaces what the server said', options: { frameDeny: true }, changes: { 'x-frame-options': 'DENY' } },
  {
    why: 'a frame policy of its own wins over frameDeny',
    options: { frameDeny: true, customFrameOptionsValue: 'ALLOW-FROM https://a.test' },
    changes: { 'x-frame-options': 'ALLOW-FROM https://a.test' },
  },
  { why: 'contentTypeNosniff', options: { contentTypeNosniff: true }, changes: { 'x-content-type-options': 'nosniff' } },
  { why: 'browserXssFilter', options: { browserXssFilter: true }, changes: { 'x-xss-protection': '1; mode=block' } },
  {
    why: 'an XSS policy of its own wins',
    options: { browserXssFilter: true, customBrowserXSSValue: '0' },
    changes: { 'x-xss-protection': '0' },
  },
  {
    why: 'contentSecurityPolicy',
    options: { contentSecurityPolicy: "default-src 'self'" },
    changes: { 'content-security-policy': "default-src 'self'" },
  },
  {
    why: 'contentSecurityPolicyReportOnly',
    options: { contentSecurityPolicyReportOnly: 'img-src *' },
    changes: { 'content-security-policy-report-only': 'img-src *' },
  },
  { why: 'referrerPolicy', options: { referrerPolicy: 'no-referrer' }, changes: { 'referrer-policy': 'no-referrer' } },
  { why: 'permissionsPolicy', options: { permissionsPolicy: 'camera=()' }, changes: { 'permissions-policy': 'camera=()' } },
  {
    why: 'fields of one’s own win over the policies',
    options: { frameDeny: true, customResponseHeaders: { 'X-Frame-Options': 'X' } },
    changes: { 'x-frame-options': 'X' },
  },
  {
    why: 'CORS wins over fields of one’s own',
    options: { accessControlAllowOriginList: ['*'], customResponseHeaders: { 'Access-Control-Allow-Origin': 'X' } },
    changes: { 'access-control-allow-origin': '*' },
  },
  { why: 'STS is not sent in clear text', options: { stsSeconds: 9, publicKey: 'pin' }, changes: {} },
  { why: 'STS can be forced', options: { stsSeconds: 9, forceSTSHeader: true }, changes: { 'strict-transport-security': 'max-age=9' } },
  {
    why: 'STS with all that belongs to it',
    options: { stsSeconds: '31536000', stsIncludeSubdomains: true, stsPreload: true, forceSTSHeader: true },
    changes: { 'strict-transport-security': 'max-age=31536000; includeSubDomains; preload' },
  },
  { why: 'no seconds, no STS', options: { stsSeconds: 0, forceSTSHeader: true, stsPreload: true }, changes: {} },
  {
    why: 'STS and pins are sent where a proxy in front has TLS',
    options: { stsSeconds: 9, publicKey: 'pin', sslProxyHeaders: { 'X-Forwarded-Proto': 'https' } },
    request: { 'X-Forwarded-Proto': 'https' },
    entryPoint: TRUSTING,
    changes: { 'strict-transport-security': 'max-age=9', 'public-key-pins': 'pin' },
  },
  {
    why: 'another value of that field is no TLS',
    options: { stsSeconds: 9, sslProxyHeaders: { 'X-Forwarded-Proto': 'https' } },
    request: { 'X-Forwarded-Proto': 'http' },
    entryPoint: TRUSTING,
    changes: {},
  },
  {
    why: 'while developing there are neither STS nor pins, but all the rest',
    options: { isDevelopment: true, stsSeconds: 9, forceSTSHeader: true, publicKey: 'pin', frameDeny: true },
    changes: { 'x-frame-options': 'DENY' },
  },
]

for (const { why, options, changes, request = {}, entryPoint } of responseCases) {
  test(`response fields: ${why}`, async () => {
    await using behind = await startWith(options, { answer, ...(entryPoint === undefined ? {} : { entryPoint }) })
    const response = await behind.ask('/', { headers: { ...request } })
    expect(fieldsOf(response)).toEqual(JSON.parse(JSON.stringify({ ...OWN, ...changes })))
    expect(response.text).toBe('app')
  })
}

test('response fields: over TLS there are STS and pins', () => {
  const { value } = check(headers.options, { stsSeconds: 9, publicKey: 'pin' })
  const request = new RequestHead('GET', '/', new Headers())
  request.scheme = 'https'
  const response = new Dispatched(request)
  const dispatch = headers.build(
    value,
    middlewareContext(),
  )((_, handler) => {
    handler.onResponseStart({ pause() {}, resume() {}, abort() {} }, 200, new Headers())
    return true
  })
  dispatch(request, response)
  expect(response.headers.raw).toEqual(['Strict-Transport-Security', 'max-age=9', 'Public-Key-Pins', 'pin'])
})

test('response fields: a nonce is new for every response and the same in both policies', async () => {
  await using behind = await startWith({
    contentSecurityPolicy: 'script-src $NONCE; style-src $NONCE',
    contentSecurityPolicyReportOnly: 'img-src $NONCE',
  })
  const nonces = new Set<string>()
  for (const response of [await behind.ask('/'), await behind.ask('/')]) {
    const policy = `${response.headers['content-security-policy']}; ${response.headers['content-security-policy-report-only']}`
    const [, nonce = ''] = /^script-src 'nonce-([A-Za-z0-9+/]{22}==)'/.exec(policy) ?? []
    expect(policy).toBe(`script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src 'nonce-${nonce}'`)
    nonces.add(nonce)
  }
  expect(nonces.size).toBe(2)
})
