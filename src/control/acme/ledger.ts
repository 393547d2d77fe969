import { isTree, type Tree } from '../../schema/tree.ts'

/** A set of names that a router, or several, want one certificate for. */
export interface Wanted {
  /** The main one first. */
  readonly names: readonly string[]
  readonly routers: readonly string[]
}

/** Why something is not tried before a time. */
export interface Hold {
  /** Wall time in milliseconds: it holds across restarts. */
  readonly until: number
  readonly reason: string
  /** The authority wants it so. */
  readonly isAsked?: true
}

/** What has happened with one set of names. */
interface SetRecord {
  /** When orders were placed within the last week. */
  readonly orders: readonly number[]
  /** Since the last success. */
  readonly failures: number
  readonly hold?: Hold
}

/** What one resolver has done and has to remember, so that a restart begins nothing anew. */
export interface Ledger {
  readonly wanted: readonly Wanted[]
  readonly sets: Readonly<Record<string, SetRecord>>
  /** Failures of the authority as a whole, since its last success. */
  readonly failures: number
  readonly hold?: Hold
}

/** How much a resolver may ask of its authority. */
export interface Limits {
  /** Orders for one set of names within a week. */
  readonly ordersOfSet: number
}

export const NEW_LEDGER: Ledger = { wanted: [], sets: {}, failures: 0 }

const NEW_SET: SetRecord = { orders: [], failures: 0 }

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const WEEK_MS = 7 * 24 * HOUR_MS

/** Fifty at once are well below what authorities allow, and five for each minute after that. */
const STORM_ORDERS = 50
const STORM_MS = 10 * MINUTE_MS

const ORDERS_PER_WEEK = 1000

/** Four attempts in the first hour: authorities take five. */
const FIRST_SET_HOLD_MS = 2 * MINUTE_MS
const SET_FACTOR = 3
const LONGEST_SET_HOLD_MS = 24 * HOUR_MS

const FIRST_HOLD_MS = 15_000
const FACTOR = 2
const LONGEST_HOLD_MS = HOUR_MS

/** The key of a set of names, in whatever order they come. */
export function keyOf(names: readonly string[]): string {
  return [...names].sort().join(',')
}

/** As many orders for one set as its renewals in a week need, with some to spare. */
export function limitsFor(lifetimeMs: number): Limits {
  return { ordersOfSet: Math.max(5, 2 * Math.ceil(WEEK_MS / lifetimeMs) + 3) }
}

/** What keeps a set of names from being ordered now; undefined where nothing does. */
export function holdOf(ledger: Ledger, key: string, limits: Limits, now: number): Hold | undefined {
  const record = ledger.sets[key] ?? NEW_SET
  const all = Object.values(ledger.sets).flatMap(({ orders }) => orders)
  const holds = [
    ledger.hold,
    record.hold,
    full(record.orders, { count: limits.ordersOfSet, ms: WEEK_MS, now, what: 'for these names within a week' }),
    full(all, { count: ORDERS_PER_WEEK, ms: WEEK_MS, now, what: 'within a week' }),
    full(all, { count: STORM_ORDERS, ms: STORM_MS, now, what: 'within ten minutes' }),
  ]
  // A clock that was ahead must not lock anything for years.
  const active = holds.filter((hold) => hold !== undefined && hold.until > now && hold.until <= now + WEEK_MS) as Hold[]
  return active.sort((one, other) => other.until - one.until)[0]
}

interface Window {
  readonly count: number
  readonly ms: number
  readonly now: number
  readonly what: string
}

function full(orders: readonly number[], { count, ms, now, what }: Window): Hold | undefined {
  const recent = orders.filter((at) => at > now - ms && at <= now).sort((one, other) => one - other)
  const first = recent[recent.length - count]
  return first === undefined ? undefined : { until: first + ms, reason: `${count} orders ${what} are enough` }
}

/** An order is about to be placed; to be written down before it is. */
export function noteOrder(ledger: Ledger, key: string, now: number): Ledger {
  const record = ledger.sets[key] ?? NEW_SET
  const orders = [...record.orders.filter((at) => at > now - WEEK_MS && at <= now), now]
  return withSet(ledger, key, { ...record, orders })
}

/** A certificate came. */
export function noteSuccess(ledger: Ledger, key: string): Ledger {
  const { hold: _, ...rest } = withSet(ledger, key, { orders: (ledger.sets[key] ?? NEW_SET).orders, failures: 0 })
  return { ...rest, failures: 0 }
}

/** How an attempt failed, and whom it concerns. */
export interface Failure {
  readonly reason: string
  /** `names`: others may succeed all the same. */
  readonly scope: 'names' | 'authority'
  readonly retryAfterMs: number | undefined
  readonly now: number
  /** From 0 to 1, spreads the attempts. */
  readonly random: number
}

/** An attempt failed: the next one waits, longer from failure to failure, and as long as the authority wants. */
export function noteFailure(ledger: Ledger, key: string, failure: Failure): Ledger {
  const { reason, scope, retryAfterMs = 0, now, random } = failure
  const spread = 0.75 + random / 2
  const holdAfter = (delay: number): Hold => {
    const until = Math.round(now + Math.min(WEEK_MS, Math.max(delay * spread, retryAfterMs)))
    return { until, reason, ...(retryAfterMs > delay * spread ? { isAsked: true } : {}) }
  }
  if (scope === 'names') {
    const record = ledger.sets[key] ?? NEW_SET
    const hold = holdAfter(Math.min(LONGEST_SET_HOLD_MS, FIRST_SET_HOLD_MS * SET_FACTOR ** record.failures))
    return withSet(ledger, key, { ...record, failures: record.failures + 1, hold })
  }
  const hold = holdAfter(Math.min(LONGEST_HOLD_MS, FIRST_HOLD_MS * FACTOR ** ledger.failures))
  return { ...ledger, failures: ledger.failures + 1, hold }
}

/** The user wants the next attempt now; what the authority asked for, and what it allows in a week, stays as it is. */
export function forgetHolds(ledger: Ledger): Ledger {
  const kept = ({ hold }: { readonly hold?: Hold }) => (hold?.isAsked ? { hold } : {})
  const sets = Object.entries(ledger.sets).map(([key, record]) => [key, { orders: record.orders, failures: 0, ...kept(record) }] as const)
  return { wanted: ledger.wanted, sets: Object.fromEntries(sets), failures: 0, ...kept(ledger) }
}

function withSet(ledger: Ledger, key: string, record: SetRecord): Ledger {
  return { ...ledger, sets: { ...ledger.sets, [key]: record } }
}

/** Reads ledgers by resolver; what cannot be read counts as not written. */
export function readLedgers(text: string): Map<string, Ledger> {
  try {
    const tree: unknown = JSON.parse(text)
    return new Map(
      isTree(tree) ? Object.entries(tree).flatMap(([name, one]) => (isTree(one) ? [[name, readLedger(one)] as const] : [])) : [],
    )
  } catch {
    return new Map()
  }
}

function readLedger({ wanted, sets, failures, hold }: Tree): Ledger {
  const records = isTree(sets) ? Object.entries(sets).flatMap(([key, one]) => (isTree(one) ? [[key, readSet(one)] as const] : [])) : []
  return {
    wanted: Array.isArray(wanted)
      ? wanted.flatMap((one) => (isTree(one) ? [{ names: texts(one.names), routers: texts(one.routers) }] : []))
      : [],
    sets: Object.fromEntries(records),
    failures: count(failures),
    ...readHold(hold),
  }
}

function readSet({ orders, failures, hold }: Tree): SetRecord {
  const numbers = Array.isArray(orders) ? orders.filter((one) => typeof one === 'number') : []
  return { orders: numbers, failures: count(failures), ...readHold(hold) }
}

function readHold(hold: unknown): { readonly hold?: Hold } {
  return isTree(hold) && typeof hold.until === 'number'
    ? { hold: { until: hold.until, reason: String(hold.reason), ...(hold.isAsked === true ? { isAsked: true } : {}) } }
    : {}
}

const count = (value: unknown): number => (typeof value === 'number' && value >= 0 ? value : 0)
const texts = (value: unknown): string[] => (Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [])
