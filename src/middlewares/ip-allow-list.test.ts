import { expect, test } from 'vitest'
import { startBehind, TRUSTING } from '../../test/harness/behind.ts'
import { send } from '../../test/harness/dispatched.ts'
import { middlewareContext } from '../../test/harness/middleware-context.ts'
import { dynamicConfiguration } from '../config/dynamic.ts'
import { replyEmpty } from '../dispatch/reply.ts'
import { check } from '../schema/index.ts'
import { ipAllowList } from './ip-allow-list.ts'
import { ipWhiteList } from './ip-white-list.ts'

interface Case {
  readonly why: string
  readonly options: object
  readonly forwardedFor?: string
  readonly status: number
  readonly text: string
}

const LOCAL = ['127.0.0.0/8']
const PASSED = { status: 200, text: 'app' }
const REFUSED = { status: 403, text: 'Forbidden' }

const cases: Case[] = [
  { why: 'a peer of the list passes', options: { sourceRange: LOCAL }, ...PASSED },
  { why: 'a peer is compared as octets', options: { sourceRange: ['::ffff:127.0.0.1'] }, ...PASSED },
  { why: 'another peer is refused', options: { sourceRange: ['10.0.0.0/8', '::/0'] }, ...REFUSED },
  { why: 'what a client says does not count by itself', options: { sourceRange: ['10.0.0.0/8'] }, forwardedFor: '10.0.0.1', ...REFUSED },
  { why: 'the status can be another one', options: { sourceRange: ['10.0.0.1'], rejectStatusCode: 404 }, status: 404, text: 'Not Found' },
  {
    why: 'a depth finds the client',
    options: { sourceRange: ['10.0.0.1'], ipStrategy: { depth: 2 } },
    forwardedFor: '9.9.9.9, 10.0.0.1, 1.1.1.1',
    ...PASSED,
  },
  {
    why: 'what a client puts in front of the list does not count',
    options: { sourceRange: ['10.0.0.1'], ipStrategy: { depth: 1 } },
    forwardedFor: '10.0.0.1, 1.1.1.1',
    ...REFUSED,
  },
  {
    why: 'a list that is too short is refused',
    options: { sourceRange: ['0.0.0.0/0'], ipStrategy: { depth: 2 } },
    forwardedFor: '10.0.0.1',
    ...REFUSED,
  },
  {
    why: 'excluded proxies are passed over',
    options: { sourceRange: ['10.0.0.1'], ipStrategy: { excludedIPs: ['1.1.1.0/24'] } },
    forwardedFor: '10.0.0.1, 1.1.1.1, 1.1.1.2',
    ...PASSED,
  },
  {
    why: 'what is no address is refused',
    options: { sourceRange: ['0.0.0.0/0'], ipStrategy: { excludedIPs: ['1.1.1.1'] } },
    forwardedFor: '10.0.0.1, unknown, 1.1.1.1',
    ...REFUSED,
  },
  {
    why: 'a network stands for its addresses',
    options: { sourceRange: ['2001:db8::'], ipStrategy: { depth: 1, ipv6Subnet: 32 } },
    forwardedFor: '2001:db8:1:2:3::4',
    ...PASSED,
  },
]

for (const { why, options, forwardedFor, status, text } of cases) {
  test(`ipAllowList: ${why}`, async () => {
    await using behind = await startBehind({ middlewares: { list: { ipAllowList: options } }, entryPoint: TRUSTING })
    const response = await behind.ask('/', { headers: forwardedFor === undefined ? {} : { 'X-Forwarded-For': forwardedFor } })
    expect([response.status, response.text]).toEqual([status, text])
    expect(response.headers['content-type']).toBe(undefined)
    expect(behind.seen).toHaveLength(status === 200 ? 1 : 0)
  })
}

test('ipAllowList: the server still gets the whole list', async () => {
  const options = { sourceRange: ['3.3.3.3'], ipStrategy: { depth: 1 } }
  await using behind = await startBehind({ middlewares: { list: { ipAllowList: options } }, entryPoint: TRUSTING })
  await behind.ask('/', { headers: { 'X-Forwarded-For': '1.1.1.1, 2.2.2.2, 3.3.3.3' } })
  expect(behind.seen[0]?.incoming.headers['x-forwarded-for']).toBe('1.1.1.1, 2.2.2.2, 3.3.3.3, 127.0.0.1')
})

test('ipAllowList: a list without an address is a finding, and so is what is none', () => {
  const issuesOf = (options: object) => check(ipAllowList.options, options).issues.map(({ code, path }) => `${code} ${path.join('.')}`)
  expect(issuesOf({})).toEqual(['GTW_MISSING sourceRange'])
  expect(issuesOf({ sourceRange: [] })).toEqual(['GTW_BAD_VALUE sourceRange'])
  expect(issuesOf({ sourceRange: ['10.0.0.1', '10.0.0.0/33', 'example.com'] })).toEqual([
    'GTW_BAD_VALUE sourceRange.1',
    'GTW_BAD_VALUE sourceRange.2',
  ])
})

test('ipAllowList: a status that does not exist, or ends no request, does not build', () => {
  for (const rejectStatusCode of [0, 101, 299, 600]) {
    const { value } = check(ipAllowList.options, { sourceRange: LOCAL, rejectStatusCode })
    expect(() => ipAllowList.build(value, middlewareContext())).toThrow(`invalid HTTP status code ${rejectStatusCode}`)
  }
})

test('ipWhiteList: the old name works and is a finding', () => {
  const options = { sourceRange: ['10.0.0.1'], ipStrategy: { depth: 1 } }
  const { issues } = check(dynamicConfiguration, { http: { middlewares: { list: { ipWhiteList: options } } } })
  expect(issues).toMatchObject([
    {
      code: 'GTW_DEPRECATED',
      severity: 'warning',
      message: 'old option "ipWhiteList" (it is called `ipAllowList` now) in http.middlewares.list',
    },
  ])
  const { value } = check(ipWhiteList.options, options)
  const dispatch = ipWhiteList.build(value, middlewareContext())((_request, handler) => replyEmpty(handler, 204))
  const ask = (address: string) => send(dispatch, { fields: ['X-Forwarded-For', address] }).status
  expect([ask('10.0.0.1'), ask('10.0.0.2')]).toEqual([204, 403])
})
