import { expect, test } from 'vitest'
import { planOf } from './arguments.ts'

const chosen = (...args: string[]) => {
  const plan = planOf(args)
  return [plan?.rows.map(({ name }) => name).join(), plan?.peers.map(({ name }) => name).join(), plan?.record]
}
const allRows = 'small,64k,1m,upload'
const allPeers = 'gateway,nginx,haproxy,caddy,http-proxy-3'

test('without flags everything is measured and recorded', () => {
  expect(planOf([])).toMatchObject({ rounds: 5, seconds: 3, againstBaseline: false })
  expect(chosen()).toEqual([allRows, allPeers, true])
})

test('a run of some rows or proxies, against the baseline or with --no-record leaves the record alone', () => {
  expect(chosen('--rows', '1m,small')).toEqual(['small,1m', allPeers, false])
  expect(chosen('--proxies', 'nginx,gateway')).toEqual([allRows, 'gateway,nginx', false])
  expect(chosen('--only', 'gateway,upload,nginx')).toEqual(['upload', 'gateway,nginx', false])
  expect(chosen('--against-baseline')).toEqual([allRows, allPeers, false])
  expect(chosen('--no-record')).toEqual([allRows, allPeers, false])
})

test('what makes no sense is refused, and help is no plan', () => {
  expect(() => planOf(['--rows', 'big'])).toThrow('big: not one of small, 64k, 1m, upload')
  expect(() => planOf(['--only', 'big'])).toThrow('big: not one of')
  expect(() => planOf(['--rounds', '0'])).toThrow('--rounds takes a whole number from 1, not 0')
  expect(() => planOf(['--speed'])).toThrow()
  expect(planOf(['--help'])).toBeUndefined()
})
