import { expect, test } from 'vitest'
import { addressOf } from './server-address.ts'

const addresses: [string, object][] = [
  ['http://10.0.0.1:8080', { scheme: 'http', host: '10.0.0.1', port: 8080 }],
  ['http://a.test', { scheme: 'http', host: 'a.test', port: 80 }],
  ['HTTPS://A.test/path?query', { scheme: 'https', host: 'a.test', port: 443 }],
  ['h2c://a.test', { scheme: 'h2c', host: 'a.test', port: 80 }],
  ['h2c://a.test:443', { scheme: 'h2c', host: 'a.test', port: 443 }],
  ['http://[::1]:81', { scheme: 'http', host: '::1', port: 81 }],
  ['http://user:secret@a.test', { scheme: 'http', host: 'a.test', port: 80 }],
]

for (const [url, expected] of addresses) {
  test(`${url} is understood`, () => {
    expect(addressOf({ url, preservePath: false }, true)).toEqual({ ...expected, hostField: undefined, basePath: '' })
  })
}

test('the Host of the server is sent where the client’s is not', () => {
  expect(addressOf({ url: 'http://a.test:80', preservePath: false }, false).hostField).toBe('a.test')
  expect(addressOf({ url: 'h2c://a.test:81', preservePath: false }, false).hostField).toBe('a.test:81')
})

const paths: [string, string][] = [
  ['http://a', ''],
  ['http://a/', ''],
  ['http://a/b', '/b'],
  ['http://a/b/', '/b'],
  ['http://a/b%20c/d?e', '/b%20c/d'],
]

for (const [url, basePath] of paths) {
  test(`the path of ${url} is put before those of requests, with one slash between`, () => {
    expect(addressOf({ url, preservePath: true }, true).basePath).toBe(basePath)
  })
}

test('what is no server is refused without telling secrets', () => {
  for (const url of ['localhost:8080', 'a.test', '', 'ftp://a', 'http://', 'http://a:99999', 'http:a']) {
    expect(() => addressOf({ url, preservePath: false }, true), url).toThrow('error parsing server URL')
  }
  expect(() => addressOf({ url: 'ftp://user:secret@a', preservePath: false }, true)).toThrow(/^(?!.*secret)/)
})
