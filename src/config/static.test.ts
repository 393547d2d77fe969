import { expect, test } from 'vitest'
import { boolean, check, object, string } from '../schema/index.ts'
import { staticConfiguration } from './static.ts'

const file = {
  name: 'file',
  options: object('Reads files.', { filename: string('A file.'), watch: boolean('Watch it.', { default: true }) }),
}

test('an empty configuration has the documented defaults', () => {
  const { value, issues } = check(staticConfiguration([]), {})
  expect(issues).toEqual([])
  expect(value).toMatchObject({
    global: { checkNewVersion: true, sendAnonymousUsage: false, notAppendXForwardedFor: false },
    log: { level: 'INFO', format: 'common', noColor: false },
    entryPoints: {},
    providers: { providersThrottleDuration: 2000 },
    serversTransport: {
      insecureSkipVerify: false,
      rootCAs: [],
      maxIdleConnsPerHost: 200,
      forwardingTimeouts: { dialTimeout: 30_000, responseHeaderTimeout: 0, idleConnTimeout: 90_000 },
    },
  })
  expect(value.ping).toBeUndefined()
})

test('ping alone is on with its defaults', () => {
  const { value } = check(staticConfiguration([]), { ping: true })
  expect(value.ping).toEqual({ entryPoint: 'gateway', manualRouting: false, terminatingStatusCode: 503 })
})

test('the API is off until someone writes it, and its dashboard is no matter', () => {
  expect(check(staticConfiguration([]), {}).value.api).toBeUndefined()
  const { value, issues } = check(staticConfiguration([]), { api: { dashboard: true } })
  expect(issues).toEqual([])
  expect(value.api).toEqual({
    insecure: false,
    dashboard: true,
    debug: false,
    basePath: '/',
    disableDashboardAd: false,
    dashboardName: '',
  })
})

test('a log level is compared without regard to case', () => {
  expect(check(staticConfiguration([]), { log: { level: 'debug' } }).value.log.level).toBe('DEBUG')
})

test('an installed provider brings its section, which is absent until someone writes it', () => {
  const schema = staticConfiguration([file])
  expect(check(schema, {}).value.providers.file).toBeUndefined()
  const { value, issues } = check(schema, { providers: { file: { filename: 'a.yml' } } })
  expect(issues).toEqual([])
  expect(value.providers.file).toEqual({ filename: 'a.yml', watch: true })
})

const unsupportedOptions = [
  ...['accessLog', 'metrics.datadog', 'metrics.statsD', 'metrics.influxDB2', 'metrics.otlp', 'tracing', 'hostResolver', 'spiffe'],
  ...['filePath', 'maxSize', 'maxAge', 'maxBackups', 'compress', 'otlp'].map((name) => `log.${name}`),
  ...['plugins', 'localPlugins', 'abortOnPluginFailure', 'fastProxy', 'otlpLogs', 'knative'].map((name) => `experimental.${name}`),
  'serversTransport.spiffe',
  'tcpServersTransport.tls.spiffe',
]

for (const path of unsupportedOptions) {
  test(`${path} is one warning that names it`, () => {
    const written = path.split('.').reduceRight<unknown>((value, step) => ({ [step]: value }), { a: 1, b: [2] })
    const { issues } = check(staticConfiguration([]), written)
    expect(issues.map((issue) => `${issue.severity} ${issue.code} ${issue.path.join('.')}`)).toEqual([`warning GTW_UNSUPPORTED ${path}`])
  })
}
