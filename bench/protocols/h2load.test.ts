import { expect, test } from 'vitest'
import { parseH2Load } from './h2load.ts'

const summary = ({ protocol = 'h2', done = 6150, failed = 0, octets = 615_000 } = {}): string => `starting benchmark...
TLS Protocol: TLSv1.3
Cipher: TLS_AES_128_GCM_SHA256
Server Temp Key: X25519 253 bits
Application protocol: ${protocol}

finished in 3.00s, 2050.00 req/s, 2.39MB/s
requests: ${done} total, 6662 started, ${done} done, ${done - failed} succeeded, ${failed} failed, 0 errored, 0 timeout
status codes: ${done - failed} 2xx, 0 3xx, 0 4xx, ${failed} 5xx
traffic: 2.39MB (2504154) total, 1.66MB (1736684) headers (space savings 52.75%), 600.59KB (${octets}) data
                     min         max         mean         sd        +/- sd
time for request:       22us      2.67ms        77us        29us    97.65%
req/s           :   20184.71    20194.71    20189.71        7.07   100.00%
`

test('the requests that were answered are counted', () => {
  expect(parseH2Load(summary(), 100)).toEqual({ requests: 6150, requestsPerSecond: 2050, errors: [] })
})

const invalid = [
  { why: 'answers that are errors', facts: { failed: 7 }, errors: ['7 requests failed'] },
  { why: 'bodies that are too short', facts: { octets: 614_999 }, errors: ['short bodies'] },
  { why: 'another protocol', facts: { protocol: 'http/1.1' }, errors: ['not HTTP/2'] },
  { why: 'a proxy that does not answer', facts: { done: 0, octets: 0, protocol: '' }, errors: ['no response'] },
]

for (const { why, facts, errors } of invalid) {
  test(`a run is invalid with ${why}`, () => {
    expect(parseH2Load(summary(facts), 100).errors).toEqual(errors)
  })
}

test('output without a summary is an error that shows it', () => {
  expect(() => parseH2Load('h2load: unrecognized option', 100)).toThrow('h2load: unrecognized option')
})
