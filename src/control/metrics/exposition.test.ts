import { expect, test } from 'vitest'
import { Exposition, labelText } from './exposition.ts'

test('values of labels are escaped', () => {
  expect(
    labelText([
      ['a', 'say "hi"'],
      ['b', 'C:\\x\ny'],
    ]),
  ).toBe('a="say \\"hi\\"",b="C:\\\\x\\ny"')
  expect(labelText([])).toBe('')
})

test('a metric begins with what it is, and one without samples is left out', () => {
  const exposition = new Exposition()
  exposition.begin('gateway_findings')
  exposition.begin('traefik_config_reloads_total')
  exposition.sample('', 3)
  exposition.begin('traefik_open_connections')
  exposition.sample('entrypoint="web"', 1.5)
  exposition.sample('entrypoint="b"', Number.POSITIVE_INFINITY)
  expect(exposition.text).toBe(`# HELP traefik_config_reloads_total Configurations that went live.
# TYPE traefik_config_reloads_total counter
traefik_config_reloads_total 3
# HELP traefik_open_connections Open connections, or sessions of UDP.
# TYPE traefik_open_connections gauge
traefik_open_connections{entrypoint="web"} 1.5
traefik_open_connections{entrypoint="b"} +Inf
`)
})

test('buckets add up, and what took longest stands in the last one alone', () => {
  const exposition = new Exposition()
  exposition.begin('traefik_service_request_duration_seconds')
  exposition.histogram('service="a"', [0.1, 1], { buckets: [2, 3], count: 9, sum: 12.5 })
  expect(exposition.text.split('\n').slice(2, -1)).toEqual([
    'traefik_service_request_duration_seconds_bucket{service="a",le="0.1"} 2',
    'traefik_service_request_duration_seconds_bucket{service="a",le="1"} 5',
    'traefik_service_request_duration_seconds_bucket{service="a",le="+Inf"} 9',
    'traefik_service_request_duration_seconds_sum{service="a"} 12.5',
    'traefik_service_request_duration_seconds_count{service="a"} 9',
  ])
})
