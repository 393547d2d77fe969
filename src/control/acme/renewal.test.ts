import { expect, test } from 'vitest'
import { makeSelfSigned } from '../certificates/self-signed.ts'
import { validityOf } from '../certificates/validity.ts'
import { renewalOf } from './renewal.ts'

const DAY = 24 * 60 * 60 * 1000
const NOW = Math.floor(Date.now() / 1000) * 1000

const certificate = (name: string) => {
  const { cert, key } = makeSelfSigned(name, name, NOW)
  return { names: [name], certificate: cert, key }
}

test('a certificate is renewed a third of its life before the end, and not all of them at once', () => {
  const renewals = Array.from({ length: 20 }, (_, index) => {
    const one = certificate(`n${index}.test`)
    const { from, to } = validityOf(one.certificate) ?? { from: 0, to: 0 }
    return (to - renewalOf(one, Number.MAX_SAFE_INTEGER)) / (to - from)
  })
  expect(Math.min(...renewals)).toBeGreaterThanOrEqual(1 / 3)
  expect(Math.max(...renewals)).toBeLessThanOrEqual(1 / 3 + 1 / 30)
  expect(new Set(renewals).size).toBeGreaterThan(15)
})

test('the moment stays the same whoever asks', () => {
  const one = certificate('a.test')
  expect(renewalOf(one, 90 * DAY)).toBe(renewalOf({ ...one }, 90 * DAY))
})

test('the configured duration is an upper bound of the life', () => {
  const one = certificate('a.test')
  const to = validityOf(one.certificate)?.to ?? 0
  expect(to - renewalOf(one, 90 * DAY)).toBeLessThanOrEqual(33 * DAY)
  expect(to - renewalOf(one, 90 * DAY)).toBeGreaterThanOrEqual(30 * DAY)
})

test('what cannot be read is due', () => {
  expect(renewalOf({ names: ['a.test'], certificate: 'x', key: 'x' }, DAY)).toBe(0)
})
