import { parseArgs } from 'node:util'
import type { Peer } from './peers/peer.ts'
import { peers } from './peers/peers.ts'
import { type Row, rows } from './rows.ts'

/** What one run measures and what it does with the result. */
export interface Plan {
  readonly rows: readonly Row[]
  readonly peers: readonly Peer[]
  readonly rounds: number
  readonly seconds: number
  readonly againstBaseline: boolean
  /** Whether the result replaces the recorded one; only a run of everything does. */
  readonly record: boolean
}

export const USAGE = `Usage: node bench/side-by-side.ts [flags]

  --rounds N           rounds per row and proxy (default 5)
  --seconds N          length of a round (default 3)
  --rows NAMES         only these rows, with commas: ${rows.map(({ name }) => name).join(' ')}
  --proxies NAMES      only these proxies, with commas: ${peers.map(({ name }) => name).join(' ')}
  --only NAMES         rows and proxies in one list
  --against-baseline   compare with the recorded result, and leave that as it is
  --no-record          do not write bench/results; a run of some rows or proxies never does
`

/** Reads the flags, or returns undefined where they ask for help. Throws where they make no sense. */
export function planOf(args: readonly string[]): Plan | undefined {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '3' },
      rows: { type: 'string', default: '' },
      proxies: { type: 'string', default: '' },
      only: { type: 'string', default: '' },
      'against-baseline': { type: 'boolean', default: false },
      record: { type: 'boolean', default: true },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.help) return undefined
  const only = namesIn(values.only)
  refuseUnknown(only, [...rows, ...peers])
  const chosenRows = choose(rows, [...namesIn(values.rows), ...only.filter((name) => has(rows, name))])
  const chosenPeers = choose(peers, [...namesIn(values.proxies), ...only.filter((name) => has(peers, name))])
  const isWhole = chosenRows.length === rows.length && chosenPeers.length === peers.length
  return {
    rows: chosenRows,
    peers: chosenPeers,
    rounds: positive('rounds', values.rounds),
    seconds: positive('seconds', values.seconds),
    againstBaseline: values['against-baseline'],
    record: isWhole && values.record && !values['against-baseline'],
  }
}

interface Named {
  readonly name: string
}

/** The named ones in the order of the list; all where none is named. Throws at a name that is not in it. */
export function choose<T extends Named>(all: readonly T[], names: readonly string[]): readonly T[] {
  refuseUnknown(names, all)
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name))
}

function refuseUnknown(names: readonly string[], all: readonly Named[]): void {
  const unknown = names.filter((name) => !has(all, name))
  if (unknown.length > 0) throw new Error(`${unknown.join(', ')}: not one of ${all.map(({ name }) => name).join(', ')}`)
}

function has(all: readonly Named[], name: string): boolean {
  return all.some((one) => one.name === name)
}

/** The names in a list with commas. */
export function namesIn(list: string): string[] {
  return list.split(',').filter(Boolean)
}

function positive(flag: string, text: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${flag} takes a whole number from 1, not ${text}`)
  return number
}
