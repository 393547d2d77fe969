import { boolean, deprecated, type Infer, int64, list, map, object, string } from '../../schema/index.ts'
import { expectedOfFieldValue } from '../shared/field-text.ts'
import { expectedOfRegex } from '../shared/regex-option.ts'

const fieldName = string('Name of a header field.')
const fieldValue = string('A value; an empty one removes the field.', { check: expectedOfFieldValue })
const policy = (name: string) => string(`The field \`${name}\`.`, { check: expectedOfFieldValue })
const withNonce = (name: string) =>
  string(`The field \`${name}\`; \`$NONCE\` stands for a nonce that is new for every response.`, { check: expectedOfFieldValue })
const ignored = (description: string, why: string) => deprecated(boolean(description), `has no effect: ${why}`)
const REDIRECT = 'use `redirectScheme`'

/** Everything that can be done to the fields of requests and responses. */
export const headersOptions = object('Changes the header fields of requests and responses, and answers for CORS.', {
  customRequestHeaders: map(fieldValue, 'Fields that requests get; an empty value removes one.'),
  customResponseHeaders: map(fieldValue, 'Fields that responses get; an empty value removes one.'),

  accessControlAllowCredentials: boolean('Send `Access-Control-Allow-Credentials: true`.', { default: false }),
  accessControlAllowHeaders: list(fieldName, 'Request fields that other origins may send; `*` for all.', { default: [] }),
  accessControlAllowMethods: list(string('A method.'), 'Methods that other origins may use; `*` for all.', { default: [] }),
  accessControlAllowOriginList: list(string('An origin, for instance `https://example.com`.'), 'Origins that are allowed; `*` for all.', {
    default: [],
  }),
  accessControlAllowOriginListRegex: list(
    string('A regular expression.', { check: expectedOfRegex }),
    'Regular expressions of origins that are allowed.',
    { default: [] },
  ),
  accessControlExposeHeaders: list(fieldName, 'Response fields that other origins may read; `*` for all.', { default: [] }),
  accessControlMaxAge: int64('Seconds for which browsers remember what is allowed.'),
  addVaryHeader: boolean('Add `Origin` to the field `Vary`.', { default: false }),

  allowedHosts: list(string('A host, with its port where it has one.'), 'Hosts that are served; all others are answered 500.', {
    default: [],
  }),
  hostsProxyHeaders: list(fieldName, 'Request fields that hold the host in place of `Host`; the first that is there counts.', {
    default: [],
  }),
  sslProxyHeaders: map(string('A value.'), 'Request fields and the values by which they tell that the client uses TLS.'),
  stsSeconds: int64('Seconds of `Strict-Transport-Security`, which is only sent over TLS; 0 turns it off.', { min: 0 }),
  stsIncludeSubdomains: boolean('Add `includeSubDomains` to it.', { default: false }),
  stsPreload: boolean('Add `preload` to it.', { default: false }),
  forceSTSHeader: boolean('Also send it without TLS.', { default: false }),
  frameDeny: boolean('Send `X-Frame-Options: DENY`.', { default: false }),
  customFrameOptionsValue: policy('X-Frame-Options'),
  contentTypeNosniff: boolean('Send `X-Content-Type-Options: nosniff`.', { default: false }),
  browserXssFilter: boolean('Send `X-XSS-Protection: 1; mode=block`.', { default: false }),
  customBrowserXSSValue: policy('X-XSS-Protection'),
  contentSecurityPolicy: withNonce('Content-Security-Policy'),
  contentSecurityPolicyReportOnly: withNonce('Content-Security-Policy-Report-Only'),
  publicKey: policy('Public-Key-Pins'),
  referrerPolicy: policy('Referrer-Policy'),
  permissionsPolicy: policy('Permissions-Policy'),
  isDevelopment: boolean('Leaves `allowedHosts`, `Strict-Transport-Security` and `Public-Key-Pins` out.', { default: false }),

  featurePolicy: deprecated(string('The field `Feature-Policy`.'), 'has no effect: use `permissionsPolicy`'),
  sslRedirect: ignored('Redirect to TLS.', REDIRECT),
  sslTemporaryRedirect: ignored('Redirect to TLS for now.', REDIRECT),
  sslHost: deprecated(string('The host to redirect to.'), 'has no effect: use `redirectRegex`'),
  sslForceHost: ignored('Always redirect to that host.', 'use `redirectRegex`'),
})

export type HeadersOptions = Infer<typeof headersOptions>
