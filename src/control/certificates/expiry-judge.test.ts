import { describe, expect, test } from 'vitest'
import { ExpiryJudge } from './expiry-judge.ts'
import { makeSelfSigned } from './self-signed.ts'
import { type Validity, validityOf } from './validity.ts'

const HOUR = 60 * 60 * 1000
const DAY = 24 * HOUR
const TO = Date.parse('2030-06-01T00:00:00Z')

const lives = (days: number): Validity => ({ from: TO - days * DAY, to: TO })

const cases = [
  { why: 'a year, 40 days before', life: lives(365), leftMs: 40 * DAY, says: undefined, again: 30 * DAY - 1 },
  { why: 'a year, exactly 30 days before', life: lives(365), leftMs: 30 * DAY, says: undefined, again: 30 * DAY - 1 },
  { why: 'a year, less than 30 days before', life: lives(365), leftMs: 30 * DAY - 1, says: 'expires in 29 days', again: 29 * DAY - 1 },
  { why: 'a year, exactly 5 days before', life: lives(365), leftMs: 5 * DAY, says: 'expires in 5 days', again: 5 * DAY - 1 },
  { why: 'a year, 36 hours before', life: lives(365), leftMs: 36 * HOUR, says: 'expires in 1 day', again: DAY - 1 },
  { why: 'a year, an hour before', life: lives(365), leftMs: HOUR, says: 'expires in less than a day', again: 0 },
  { why: '90 days, 31 before', life: lives(90), leftMs: 31 * DAY, says: undefined, again: 30 * DAY - 1 },
  { why: '90 days, 29 before', life: lives(90), leftMs: 29 * DAY, says: 'expires in 29 days', again: 29 * DAY - 1 },
  { why: '6 days, 3 before', life: lives(6), leftMs: 3 * DAY, says: undefined, again: 2 * DAY - 1 },
  { why: '6 days, 36 hours before', life: lives(6), leftMs: 36 * HOUR, says: 'expires in 1 day', again: DAY - 1 },
  { why: '2 days, 17 hours before', life: lives(2), leftMs: 17 * HOUR, says: undefined, again: 16 * HOUR - 1 },
  { why: '2 days, 15 hours before', life: lives(2), leftMs: 15 * HOUR, says: 'expires in less than a day', again: 0 },
]

describe('a certificate that lives for', () => {
  for (const { why, life, leftMs, says, again } of cases) {
    test(`${why} its end: ${says ?? 'nothing is told'}`, () => {
      const judge = new ExpiryJudge(TO - leftMs)
      const told = says && { code: 'GTW_CERTIFICATE_EXPIRING', problem: `${says}, on 2030-06-01T00:00:00.000Z` }
      expect(judge.judge(life)).toEqual(told)
      expect(TO - judge.changesAt).toBe(again)
    })
  }
})

test('at its end a certificate has expired, and nothing changes that any more', () => {
  const judge = new ExpiryJudge(TO)
  expect(judge.judge(lives(90))).toEqual({ code: 'GTW_CERTIFICATE_EXPIRED', problem: 'has expired on 2030-06-01T00:00:00.000Z' })
  expect(judge.changesAt).toBe(Number.POSITIVE_INFINITY)
})

test('a certificate whose time has not come is told until it does', () => {
  const judge = new ExpiryJudge(TO - 91 * DAY)
  expect(judge.judge(lives(90))).toEqual({ code: 'GTW_BAD_VALUE', problem: 'is not valid before 2030-03-03T00:00:00.000Z' })
  expect(judge.changesAt).toBe(TO - 90 * DAY)
  expect(new ExpiryJudge(judge.changesAt).judge(lives(90))).toBeUndefined()
})

test('of several certificates the first that changes counts', () => {
  const judge = new ExpiryJudge(TO - 40 * DAY)
  for (const life of [lives(6), lives(365), { from: TO, to: TO + 90 * DAY }]) judge.judge(life)
  expect(judge.changesAt).toBe(TO - 30 * DAY + 1)
})

test('whoever renews late may have a notice of its own', () => {
  expect(new ExpiryJudge(TO - 16 * DAY).judge(lives(90), 15 * DAY)).toBeUndefined()
  expect(new ExpiryJudge(TO - 14 * DAY).judge(lives(90), 15 * DAY)).toMatchObject({ code: 'GTW_CERTIFICATE_EXPIRING' })
})

test('the validity of a certificate is that of the first one of the text', () => {
  const now = Date.parse('2030-01-02T00:00:00Z')
  const [one, other] = [makeSelfSigned('one', 'one.test', now), makeSelfSigned('other', 'other.test', now + 10 * DAY)]
  expect(validityOf(one.cert + other.cert)).toEqual({ from: now - DAY, to: now + 365 * DAY, issuer: 'one' })
  expect(validityOf('-----BEGIN CERTIFICATE-----\nnone')).toBeUndefined()
})
