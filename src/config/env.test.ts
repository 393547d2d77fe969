import { expect, test } from 'vitest'
import { parseEnvironment } from './env.ts'

const roots = ['entryPoints', 'ping', 'providers']

test('a variable becomes an entry in lower case that knows which variable it was', () => {
  expect(parseEnvironment({ GATEWAY_ENTRYPOINTS_WEB_ADDRESS: ':80' }, 'GATEWAY_', roots)).toEqual({
    findings: [],
    entries: [
      {
        path: ['entrypoints', 'web', 'address'],
        value: ':80',
        source: { kind: 'env', variable: 'GATEWAY_ENTRYPOINTS_WEB_ADDRESS' },
      },
    ],
  })
})

const ignored = [
  { why: 'another prefix', variable: 'TRAEFIK_PING' },
  { why: 'no root', variable: 'GATEWAY_FOO' },
  { why: 'a prefix in another case', variable: 'gateway_PING' },
  { why: 'a root in another case', variable: 'GATEWAY_Ping_ENTRYPOINT' },
  { why: 'the host of a Kubernetes service', variable: 'GATEWAY_PING_SERVICE_HOST' },
  { why: 'a named port of a Kubernetes service', variable: 'GATEWAY_PING_SERVICE_PORT_WEB' },
  { why: 'the link of a Kubernetes service', variable: 'GATEWAY_PING_PORT' },
  { why: 'an address of a Kubernetes service', variable: 'GATEWAY_PING_PORT_80_TCP_ADDR' },
]

for (const { why, variable } of ignored) {
  test(`a variable with ${why} is nobody's business`, () => {
    expect(parseEnvironment({ [variable]: 'x' }, 'GATEWAY_', roots)).toEqual({ entries: [], findings: [] })
  })
}

test('a variable that resembles a root is a warning with a suggestion', () => {
  const { entries, findings } = parseEnvironment({ GATEWAY_ENTRYPOINT_WEB_ADDRESS: ':80' }, 'GATEWAY_', roots)
  expect(entries).toEqual([])
  expect(findings).toMatchObject([{ code: 'GTW_UNKNOWN_KEY', severity: 'warning', suggestion: 'GATEWAY_ENTRYPOINTS' }])
})
