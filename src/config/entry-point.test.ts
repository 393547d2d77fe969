import { expect, test } from 'vitest'
import { check } from '../schema/index.ts'
import { entryPoint, parseAddress } from './entry-point.ts'

const addresses = [
  { text: ':80', host: '', port: 80, protocol: 'tcp' },
  { text: '127.0.0.1:8080', host: '127.0.0.1', port: 8080, protocol: 'tcp' },
  { text: 'localhost:0', host: 'localhost', port: 0, protocol: 'tcp' },
  { text: '[::1]:443', host: '::1', port: 443, protocol: 'tcp' },
  { text: '[::]:65535/tcp', host: '::', port: 65_535, protocol: 'tcp' },
  { text: '[fe80::1%eth0]:80', host: 'fe80::1%eth0', port: 80, protocol: 'tcp' },
  { text: ':53/udp', host: '', port: 53, protocol: 'udp' },
  { text: ':53/UDP', host: '', port: 53, protocol: 'udp' },
] as const

for (const { text, ...address } of addresses) {
  test(`the address ${text} is read`, () => {
    expect(parseAddress(text)).toEqual(address)
  })
}

const refused = [
  { text: '', expected: '[host]:port' },
  { text: '80', expected: '[host]:port' },
  { text: 'localhost', expected: '[host]:port' },
  { text: ':http', expected: '[host]:port' },
  { text: ':-1', expected: '[host]:port' },
  { text: '::1:80', expected: '[host]:port' },
  { text: ':80/sctp', expected: '[host]:port' },
  { text: 'http://:80', expected: '[host]:port' },
  { text: ':65536', expected: 'from 0 to 65535' },
  { text: '[nonsense]:80', expected: 'IPv6' },
]

for (const { text, expected } of refused) {
  test(`the address ${JSON.stringify(text)} is refused with what was expected`, () => {
    expect(parseAddress(text)).toEqual({ expected: expect.stringContaining(expected) })
  })
}

const ALL_ALLOWED = {
  allowEncodedSlash: true,
  allowEncodedBackSlash: true,
  allowEncodedNullCharacter: true,
  allowEncodedSemicolon: true,
  allowEncodedPercent: true,
  allowEncodedQuestionMark: true,
  allowEncodedHash: true,
}

test('an address alone makes an entry point with the defaults of Traefik', () => {
  expect(check(entryPoint, { address: ':80' })).toEqual({
    issues: [],
    value: {
      address: ':80',
      asDefault: false,
      reusePort: false,
      allowACMEByPass: false,
      transport: {
        lifeCycle: { requestAcceptGraceTimeout: 0, graceTimeOut: 10_000 },
        respondingTimeouts: { readTimeout: 60_000, writeTimeout: 0, idleTimeout: 180_000, bodyIdleTimeout: 60_000, minBodyRate: 500 },
        keepAliveMaxTime: 0,
        keepAliveMaxRequests: 0,
      },
      forwardedHeaders: {
        insecure: false,
        trustedIPs: [],
        connection: [],
        notAppendXForwardedFor: false,
        addXForwardedSchemeHeaders: false,
      },
      http: {
        middlewares: [],
        maxHeaderBytes: 65_536,
        sanitizePath: true,
        encodeQuerySemicolons: false,
        underscoreHeadersStrategy: 'keep',
      },
      http2: { maxConcurrentStreams: 250, maxDecoderHeaderTableSize: 4096, maxEncoderHeaderTableSize: 4096 },
      udp: { timeout: 3000 },
    },
  })
})

const wrong = [
  { why: 'no address', written: {}, path: 'address', code: 'GTW_MISSING' },
  { why: 'a range without end', written: { forwardedHeaders: { trustedIPs: ['10.0.0.0/33'] } }, path: 'forwardedHeaders.trustedIPs.0' },
  {
    why: 'a name among trusted addresses',
    written: { forwardedHeaders: { trustedIPs: ['proxy'] } },
    path: 'forwardedHeaders.trustedIPs.0',
  },
  { why: 'a name among trusted proxies', written: { proxyProtocol: { trustedIPs: ['proxy'] } }, path: 'proxyProtocol.trustedIPs.0' },
  { why: 'an unknown strategy', written: { http: { underscoreHeadersStrategy: 'drop' } }, path: 'http.underscoreHeadersStrategy' },
  { why: 'a negative size', written: { http: { maxHeaderBytes: -1 } }, path: 'http.maxHeaderBytes' },
  { why: 'a negative number of requests', written: { transport: { keepAliveMaxRequests: -1 } }, path: 'transport.keepAliveMaxRequests' },
  { why: 'a negative time', written: { transport: { lifeCycle: { graceTimeOut: '-1s' } } }, path: 'transport.lifeCycle.graceTimeOut' },
]

for (const { why, written, path, code = 'GTW_BAD_VALUE' } of wrong) {
  test(`${why} is one issue at its place`, () => {
    const { issues } = check(entryPoint, code === 'GTW_MISSING' ? written : { address: ':80', ...written })
    expect(issues.map((issue) => [issue.path.join('.'), issue.code])).toEqual([[path, code]])
  })
}

const sections = [
  { written: {}, seen: {} },
  { written: { proxyProtocol: false }, seen: {} },
  { written: { proxyProtocol: true }, seen: { proxyProtocol: { insecure: false, trustedIPs: [] } } },
  {
    written: { proxyProtocol: { trustedIPs: '10.0.0.1, ::1' } },
    seen: { proxyProtocol: { insecure: false, trustedIPs: ['10.0.0.1', '::1'] } },
  },
  { written: { http: { encodedCharacters: {} } }, seen: { encodedCharacters: ALL_ALLOWED } },
  {
    written: { http: { encodedCharacters: { allowEncodedSlash: false } } },
    seen: { encodedCharacters: { ...ALL_ALLOWED, allowEncodedSlash: false } },
  },
]

for (const { written, seen } of sections) {
  test(`sections that nobody writes are absent, and ${JSON.stringify(written)} has the defaults of Traefik`, () => {
    const { value, issues } = check(entryPoint, { address: ':80', ...written })
    const { proxyProtocol, http } = value
    expect(issues).toEqual([])
    expect({
      ...(proxyProtocol && { proxyProtocol }),
      ...(http.encodedCharacters && { encodedCharacters: http.encodedCharacters }),
    }).toEqual(seen)
  })
}

const unsupportedOptions = [{ http3: {} }, { observability: { tracing: false } }]

for (const written of unsupportedOptions) {
  test(`${JSON.stringify(written)} is one warning that names the option`, () => {
    const { issues } = check(entryPoint, { address: ':80', ...written })
    expect(issues).toMatchObject([{ code: 'GTW_UNSUPPORTED', severity: 'warning' }])
    expect(JSON.stringify(written)).toContain(`"${String(issues[0]?.path.at(-1))}":`)
  })
}
