import { expect } from 'vitest'
import { answering, heard, type OptionCase } from './scene.ts'

/** An option that becomes one field of responses. */
const FIELDS: readonly (readonly [option: string, value: unknown, field: string, expected: string, more?: object])[] = [
  ['frameDeny', true, 'x-frame-options', 'DENY'],
  ['customFrameOptionsValue', 'SAMEORIGIN', 'x-frame-options', 'SAMEORIGIN', { frameDeny: true }],
  ['contentTypeNosniff', true, 'x-content-type-options', 'nosniff'],
  ['browserXssFilter', true, 'x-xss-protection', '1; mode=block'],
  ['customBrowserXSSValue', '0', 'x-xss-protection', '0', { browserXssFilter: true }],
  ['contentSecurityPolicy', "default-src 'self'", 'content-security-policy', "default-src 'self'"],
  ['contentSecurityPolicyReportOnly', "default-src 'none'", 'content-security-policy-report-only', "default-src 'none'"],
  ['publicKey', 'pin-sha256="x"', 'public-key-pins', 'pin-sha256="x"', { sslProxyHeaders: { 'X-Secure': 'yes' } }],
  ['referrerPolicy', 'same-origin', 'referrer-policy', 'same-origin'],
  ['permissionsPolicy', 'camera=()', 'permissions-policy', 'camera=()'],
  ['stsSeconds', 60, 'strict-transport-security', 'max-age=60', { sslProxyHeaders: { 'X-Secure': 'yes' } }],
  ['forceSTSHeader', true, 'strict-transport-security', 'max-age=60', { stsSeconds: 60 }],
  ['stsIncludeSubdomains', true, 'strict-transport-security', 'max-age=60; includeSubDomains', { stsSeconds: 60, forceSTSHeader: true }],
  ['stsPreload', true, 'strict-transport-security', 'max-age=60; preload', { stsSeconds: 60, forceSTSHeader: true }],
]

const secureCases = FIELDS.map(
  ([option, value, field, expected, more = {}]): OptionCase => ({
    title: `headers.${option} becomes a field of responses`,
    middlewares: () => ({ [`headers-${option}`]: { headers: { [option]: value, ...more } } }),
    async prove({ ask }) {
      const { headers } = await ask(`/${answering({ fields: [`${field}: of the server`] })}`, { headers: { 'x-secure': 'yes' } })
      expect(headers[field]).toBe(expected)
      // What needs TLS is only said where the client uses it.
      if ('sslProxyHeaders' in more) expect((await ask()).headers[field]).toBe(undefined)
    },
  }),
)

const corsCases: readonly OptionCase[] = [
  {
    title: 'headers answers a preflight with all that is allowed',
    middlewares: () => ({
      cors: {
        headers: {
          accessControlAllowCredentials: true,
          accessControlAllowHeaders: ['X-A', 'X-B'],
          accessControlAllowMethods: ['GET', 'PUT'],
          accessControlAllowOriginList: ['https://a.test'],
          accessControlAllowOriginListRegex: ['^https://[a-z]+[.]b[.]test$'],
          accessControlExposeHeaders: ['X-C'],
          accessControlMaxAge: 0,
          addVaryHeader: true,
        },
      },
    }),
    async prove({ ask }) {
      const preflight = { 'access-control-request-method': 'PUT', origin: 'https://a.test' }
      const { status, headers } = await ask('/', { method: 'OPTIONS', headers: preflight })
      expect(status).toBe(200)
      expect(headers).toMatchObject({
        'access-control-allow-credentials': 'true',
        'access-control-allow-headers': 'X-A,X-B',
        'access-control-allow-methods': 'GET,PUT',
        'access-control-allow-origin': 'https://a.test',
        'access-control-expose-headers': 'X-C',
        'access-control-max-age': '0',
      })
      const allowed = async (origin: string) => {
        const answer = await ask('/', { headers: { origin } })
        return [answer.headers['access-control-allow-origin'], answer.headers.vary]
      }
      expect(await allowed('https://shop.b.test')).toEqual(['https://shop.b.test', 'Origin'])
      expect(await allowed('https://c.test')).toEqual([undefined, 'Origin'])
    },
  },
]

const requestCases: readonly OptionCase[] = [
  {
    title: 'headers sets and removes fields of requests and responses',
    middlewares: () => ({
      'headers-custom': {
        headers: { customRequestHeaders: { 'X-Set': '1', 'X-Gone': '' }, customResponseHeaders: { 'X-New': '2', 'X-Hidden': '' } },
      },
    }),
    async prove({ ask }) {
      const answer = await ask(`/${answering({ fields: ['X-Hidden: 1', 'X-New: 1'] })}`, { headers: { 'x-gone': '1' } })
      const { headers } = heard(answer)
      expect([headers['x-set'], headers['x-gone'], answer.headers['x-new'], answer.headers['x-hidden']]).toEqual([
        '1',
        undefined,
        '2',
        undefined,
      ])
    },
  },
  {
    title: 'headers serves some hosts alone, as a proxy in front has named them',
    middlewares: () => ({ 'headers-hosts': { headers: { allowedHosts: ['shop.test'], hostsProxyHeaders: ['X-Host'] } } }),
    async prove({ ask }) {
      const refused = await ask()
      expect([refused.status, refused.text.trim()]).toEqual([500, 'Bad Host'])
      expect((await ask('/', { headers: { 'x-host': 'shop.test' } })).status).toBe(200)
    },
  },
  {
    title: 'headers is less strict in development',
    middlewares: () => ({
      'headers-development': { headers: { isDevelopment: true, allowedHosts: ['shop.test'], stsSeconds: 60, forceSTSHeader: true } },
    }),
    async prove({ ask }) {
      const { status, headers } = await ask()
      expect([status, headers['strict-transport-security']]).toEqual([200, undefined])
    },
  },
  {
    title: 'headers says of its old options that they do nothing, and they do nothing',
    middlewares: () => ({
      'headers-old': {
        headers: {
          customResponseHeaders: { 'X-New': '1' },
          featurePolicy: "camera 'none'",
          sslRedirect: true,
          sslTemporaryRedirect: true,
          sslHost: 'a.test',
          sslForceHost: true,
        },
      },
    }),
    async prove({ ask, printed }) {
      const { status, headers } = await ask()
      expect([status, headers['x-new'], headers['feature-policy']]).toEqual([200, '1', undefined])
      for (const option of ['featurePolicy', 'sslRedirect', 'sslTemporaryRedirect', 'sslHost', 'sslForceHost'])
        expect(printed()).toContain(`old option "${option}"`)
    },
  },
]

/** Options of `headers`. */
export const fieldCases: readonly OptionCase[] = [...requestCases, ...secureCases, ...corsCases]
