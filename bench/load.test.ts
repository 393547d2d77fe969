import { expect, test } from 'vitest'
import { startNginx } from '../test/harness/nginx.ts'
import { needs } from '../test/harness/services.ts'
import { parseLoad, runLoad } from './load.ts'
import { bodyOf, startOrigin } from './origin.ts'
import { type Row, rows } from './rows.ts'

const row: Row = { name: 'r', title: 't', path: '/', connections: 2, status: 200, responseOctets: 100, requestOctets: 0 }
const loadOf = (row: Row, url: string) => runLoad({ row, url, seconds: 1, launcher: [], signal: new AbortController().signal })

const summary = (octets: number, errors = {}) =>
  `Running 1s test\n${JSON.stringify({ requests: 10, octets, micros: 2_000_000, p50: 5, p99: 9, errors })}\n`

test('a summary becomes a rate and percentiles', () => {
  expect(parseLoad(summary(3000, { read: 0 }), row)).toEqual({ requests: 10, requestsPerSecond: 5, p50Micros: 5, p99Micros: 9, errors: [] })
})

test('errors and short bodies make a run invalid', () => {
  expect(parseLoad(summary(3000, { read: 3, status: 2 }), row).errors).toEqual(['3 read errors', '2 status errors'])
  expect(parseLoad(summary(999), row).errors).toEqual(['short bodies'])
  expect(() => parseLoad('unable to connect', row)).toThrow('unable to connect')
})

needs(['nginx', 'wrk'], 'a load is run with the method and the body of its row', async () => {
  const upload = rows.filter(({ requestOctets }) => requestOctets > 0)
  await using origin = await startOrigin(upload, [])
  for (const row of upload) expect(await loadOf(row, origin.url)).toMatchObject({ errors: [], requests: expect.any(Number) })
})

needs(['nginx', 'wrk'], 'a status that is an error is counted', async () => {
  await using nginx = await startNginx({ locations: { '/': `return 503 "${bodyOf(row)}";` } })
  expect((await loadOf(row, nginx.url)).errors).toEqual([expect.stringMatching(/^\d+ status errors$/)])
})
