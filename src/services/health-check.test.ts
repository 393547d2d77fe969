import { expect, test } from 'vitest'
import { check } from '../schema/index.ts'
import { healthCheckOptions } from './health-check.ts'

test('without any option, servers are asked by GET every 30 seconds', () => {
  expect(check(healthCheckOptions, {})).toEqual({
    value: {
      mode: 'http',
      path: '',
      method: 'GET',
      status: 0,
      port: 0,
      interval: 30_000,
      timeout: 5_000,
      followRedirects: true,
    },
    issues: [],
  })
})

const taken = {
  mode: 'gRPC',
  scheme: 'h2c',
  path: '/health?deep=1',
  method: 'OPTIONS',
  status: '204',
  port: 8081,
  interval: '500ms',
  unhealthyInterval: 1,
  timeout: '0s',
  hostname: 'app.example:8443',
  headers: { Authorization: 'Basic YTpi' },
  followRedirects: 'false',
}

test('every option is taken', () => {
  expect(check(healthCheckOptions, taken)).toEqual({
    value: { ...taken, mode: 'grpc', status: 204, interval: 500, unhealthyInterval: 1_000, timeout: 0, followRedirects: false },
    issues: [],
  })
})

for (const path of ['', '/', 'live', '../live', '/a/b?c=d:e', '?only=query', '/a:b', './a:b']) {
  test(`the path ${JSON.stringify(path)} is taken`, () => expect(check(healthCheckOptions, { path }).issues).toEqual([]))
}

const refused = {
  mode: ['tcp', ''],
  scheme: ['ftp', 'https:'],
  path: ['http://b/', 'HTTP:b', '//b/', '\\\\b\\', '/\\b', ' //b', '\t/a', '/a b', '/a\r\nb'],
  method: ['', 'GET /', 'CONNECT', 'connect', 'GET\r\n'],
  status: [-1, 600, 'ok'],
  port: [-1, 65_536],
  interval: ['soon'],
  timeout: ['5 s'],
  hostname: ['a/b', 'a b', 'a\r\n', 'user@a'],
  followRedirects: ['maybe'],
}

for (const [option, values] of Object.entries(refused)) {
  for (const value of values) {
    test(`${option} cannot be ${JSON.stringify(value)}`, () => {
      const [issue, ...more] = check(healthCheckOptions, { [option]: value }).issues
      expect([issue?.path, issue?.severity, more]).toEqual([[option], 'error', []])
    })
  }
}

test('a header field cannot hold a line break', () => {
  expect(check(healthCheckOptions, { headers: { A: 'b\r\nC: d' } }).issues.map(({ path }) => path)).toEqual([['headers', 'A']])
})
