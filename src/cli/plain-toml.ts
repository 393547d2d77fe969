import type { Tree } from '../schema/tree.ts'
import { type FlowSyntax, PLAIN_INTEGER, readFlow } from './plain-flow.ts'

/**
 * Reads a TOML file that is written plainly: tables, and one key with its value in a line. Says what the parser says;
 * undefined where it sees anything else.
 */
export function plainToml(text: string): Tree | undefined {
  if (ODD.test(text)) return undefined
  const tables = new Tables()
  const isPlain = text.split(/\r?\n/).every((line) => BLANK.test(line) || takeHeader(line, tables) || takePair(line, tables))
  return isPlain ? tables.root : undefined
}

// Control characters, and a carriage return that ends a line by itself.
const ODD = /[^\P{C}\t\r\n]|\r(?!\n)/u
const BLANK = /^[ \t]*(?:#.*)?$/
const HEADER = /^[ \t]*\[ *(?<path>[\w-]+(?:\.[\w-]+)*) *\][ \t]*(?:#.*)?$/
const PAIR = /^[ \t]*(?<key>[\w-]+)[ \t]*=[ \t]*(?<value>.*)$/

const FLOW: FlowSyntax = { key: /([\w-]+) *= */y, scalar: /"[^"\\]*"|'[^']*'|[\w+.:-]+/y, read: scalarOf }

type Table = Record<string, unknown>

/** The tables so far, and the one that the next keys belong to. */
class Tables {
  readonly root: Table = {}
  #current = this.root
  /** Only tables that headers have made may grow. */
  readonly #growing = new Set([this.root])
  readonly #opened = new Set<Table>()

  open(path: readonly string[]): boolean {
    let table: Table | undefined = this.root
    for (const step of path) table = table && this.#below(table, step)
    if (table === undefined || this.#opened.has(table)) return false
    this.#opened.add(table)
    this.#current = table
    return true
  }

  set(key: string, value: unknown): boolean {
    if (key === '__proto__' || value === undefined || Object.hasOwn(this.#current, key)) return false
    this.#current[key] = value
    return true
  }

  #below(table: Table, step: string): Table | undefined {
    if (step === '__proto__') return undefined
    if (Object.hasOwn(table, step)) return this.#growing.has(table[step] as Table) ? (table[step] as Table) : undefined
    const made: Table = {}
    table[step] = made
    this.#growing.add(made)
    return made
  }
}

function takeHeader(line: string, tables: Tables): boolean {
  const path = HEADER.exec(line)?.groups?.path
  return path !== undefined && tables.open(path.split('.'))
}

function takePair(line: string, tables: Tables): boolean {
  const { key, value = '' } = PAIR.exec(line)?.groups ?? {}
  const read = readFlow(value, FLOW)
  return key !== undefined && read !== undefined && BLANK.test(value.slice(read.end)) && tables.set(key, read.value)
}

function scalarOf(text: string): string | number | boolean | undefined {
  if (/^["']/.test(text)) return text.slice(1, -1)
  if (text === 'true' || text === 'false') return text === 'true'
  return PLAIN_INTEGER.test(text) ? Number(text) : undefined
}
