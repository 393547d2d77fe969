import { expect, test } from 'vitest'
import { urlProblem } from './server-url.ts'

const right = [
  'http://a',
  'https://a:8443/base',
  'h2c://10.0.0.1:80',
  'HTTP://a',
  'http://[fd00::1]:80',
  'http://169.253.0.1',
  'http://169.254.example.com',
]
for (const url of right) {
  test(`${url} can be a server`, () => {
    expect(urlProblem(url)).toBeUndefined()
  })
}

const wrong: [string, string][] = [
  ['ftp://a', 'an http, https or h2c URL'],
  ['a:80', 'an http, https or h2c URL'],
  ['http://', 'an http, https or h2c URL'],
  ['http://a b', 'an http, https or h2c URL'],
  ['unix:///var/run/docker.sock', 'an http, https or h2c URL'],
  ['http://user:password@a', 'a URL without a user'],
  ['http://169.254.169.254', 'not link-local'],
  ['http://0xa9fea9fe/', 'not link-local'],
  ['h2c://2852039166', 'not link-local'],
  ['http://169.254.169.254.:80', 'not link-local'],
  ['http://[::ffff:169.254.169.254]', 'not link-local'],
  ['http://[fe80::1]', 'not link-local'],
  ['http://[fd00:ec2::254]', 'not link-local'],
]
for (const [url, expected] of wrong) {
  test(`${url} cannot: expected is ${expected}`, () => {
    expect(urlProblem(url)).toContain(expected)
  })
}
